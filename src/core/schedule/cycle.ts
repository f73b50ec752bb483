/**
 * One scheduling cycle: who in the queue gets slots now, and why everybody else does not. Pure: it reads a state
 * and returns a plan; `transition` carries the plan out.
 *
 * Steps: (1) put the queue in order; (2) while more is asked than is free under fair-share, grant each project up to
 * its entitlement; (3) grant what fits, in order. A request that does not fit is overtaken only where the strategy
 * allows it, and no longer than `drain_after`; one that is held up by its own project's limit holds up its own
 * project only, and one that asks for more than there is at all holds up nobody.
 */
import type { Environment } from '../environment.ts';
import type { ProjectKey, TicketId } from '../model/ids.ts';
import { projectKey } from '../model/ids.ts';
import { elapsedMs } from '../model/instants.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import type { Reason } from '../reason.ts';
import { projectLimit } from '../settings/settings.ts';
import { inOrder, strategyOf } from './ordering.ts';
import type { Fit } from './room.ts';
import { openRoom } from './room.ts';

export interface Grant extends Fit {
  readonly entry: QueueEntry;
}

export interface Pending {
  readonly entry: QueueEntry;
  readonly reason: Reason;
}

export interface CyclePlan {
  readonly grants: readonly Grant[];
  /** Everyone who goes on waiting, best first; open offers are settled and not among them. */
  readonly pending: readonly Pending[];
}

const isReason = (fit: Fit | Reason): fit is Reason => typeof fit === 'string';

/** An absent requester who let an offer pass is not offered again until it asks again. */
const isPassedOver = (entry: QueueEntry): boolean => entry.lapsedAt !== null;

export function planCycle(state: State, env: Environment): CyclePlan {
  const room = openRoom(state, env);
  const view = { state, env, held: room.held };
  const strategy = strategyOf(env.settings.strategy);

  // 1. Order; offers are settled matters and passed-over requests come last, in their order.
  const active = state.queue.filter((entry) => entry.offeredUntil === null && !isPassedOver(entry));
  const passedOver = state.queue.filter((entry) => entry.offeredUntil === null && isPassedOver(entry));
  const ordered = inOrder(active, view);
  const grants = new Map<TicketId, Grant>();

  const tryGrant = (entry: QueueEntry, cap: number): Reason | null => {
    const fit = room.fit(entry, cap);
    if (isReason(fit)) return fit;
    room.take(entry, fit);
    grants.set(entry.ticket, { entry, ...fit });
    return null;
  };
  const hasDrained = (entry: QueueEntry): boolean => elapsedMs(entry.queuedAt, env.now) >= env.settings.drainAfterMs;

  /** Who is not to be overtaken any more, as the requests are gone through in order. */
  const openLine = () => {
    let isClosed = false;
    const closedProjects = new Set<ProjectKey>();
    return {
      // Requests from inside leases are never held up: one may be what another's slots depend on.
      holdsUp: (entry: QueueEntry): boolean =>
        entry.parent === null && (isClosed || closedProjects.has(projectKey(entry.project))),
      passed(entry: QueueEntry, reason: Reason): void {
        if (strategy.overtakes && !hasDrained(entry)) return;
        const key = projectKey(entry.project);
        if (reason === 'exceeds-maximum') return;
        if (reason !== 'project-limit') isClosed = true;
        else if (entry.minSlots - room.inside(entry) <= projectLimit(env.settings, key)) closedProjects.add(key);
      },
    };
  };

  // 2. Entitlements, while more is asked than is free.
  const asked = active.reduce((sum, entry) => sum + entry.slots, 0);
  const entitled = asked > room.free ? strategy.entitlements(active, view) : null;
  if (entitled !== null) {
    const line = openLine();
    for (const entry of ordered) {
      if (line.holdsUp(entry)) continue;
      const key = projectKey(entry.project);
      if (tryGrant(entry, (entitled.get(key) ?? 0) - room.held(key)) === null) continue;
      const whole = room.fit(entry);
      if (isReason(whole)) line.passed(entry, whole);
      // A request that no entitlement is wide enough for gets what it needs all the same, once it has waited.
      else if (hasDrained(entry)) tryGrant(entry, Number.POSITIVE_INFINITY);
    }
  }

  // 3. What fits, in order.
  const pending: Pending[] = [];
  const line = openLine();
  for (const entry of ordered) {
    if (grants.has(entry.ticket)) continue;
    const isHeldUp = line.holdsUp(entry);
    const reason = tryGrant(entry, isHeldUp ? 0 : Number.POSITIVE_INFINITY);
    if (reason === null) continue;
    pending.push({ entry, reason: isHeldUp && !isOwnAffair(reason) ? 'behind-others' : reason });
    if (!isHeldUp) line.passed(entry, reason);
  }
  for (const entry of passedOver) pending.push({ entry, reason: 'behind-others' });
  return { grants: [...grants.values()], pending };
}

/** Reasons that would hold even if nobody stood in front. */
const OWN_AFFAIRS: readonly Reason[] = ['project-limit', 'exceeds-maximum', 'health-critical', 'paused'];
const isOwnAffair = (reason: Reason): boolean => OWN_AFFAIRS.includes(reason);
