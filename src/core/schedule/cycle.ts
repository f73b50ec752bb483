/**
 * One scheduling cycle: decides which requests in the queue get slots now, and why the others do not. It reads a state
 * and returns a plan; `transition` carries the plan out.
 *
 * Steps: (1) order the queue; (2) under fair-share, while requests exceed the free slots, grant each project up to its
 * entitlement; (3) grant the requests that fit, in order. A request that does not fit is overtaken only where the
 * strategy allows it, and no longer than `drain_after`. A request that waits for its own project's limit blocks only
 * that project; a request for more slots than the pool has blocks none.
 */
import type { Environment } from '../environment.ts';
import { type ProjectKey, projectKey, type TicketId } from '../model/ids.ts';
import { elapsedMs } from '../model/instants.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import type { Reason } from '../reason.ts';
import { projectLimit } from '../settings/settings.ts';
import { inOrder, strategyOf } from './ordering.ts';
import { type Fit, openRoom } from './room.ts';

export interface Grant extends Fit {
  readonly entry: QueueEntry;
}

export interface Pending {
  readonly entry: QueueEntry;
  readonly reason: Reason;
  /** The reason that decides: its own, or that of the first request that holds it up; null while it is passed over. */
  readonly binding: Reason | null;
  /** Fewest slots that it needs from the pool. */
  readonly need: number;
}

export interface CyclePlan {
  readonly grants: readonly Grant[];
  /** Requests that keep waiting, best first, without open offers. */
  readonly pending: readonly Pending[];
  /** Slots of the pool that stay free after the grants; below 0 when more are used than allowed. */
  readonly free: number;
}

const isReason = (fit: Fit | Reason): fit is Reason => typeof fit === 'string';

/** A requester who let an offer lapse gets no other offer until it asks again. */
const isPassedOver = (entry: QueueEntry): boolean => entry.lapsedAt !== null;

export function planCycle(state: State, env: Environment): CyclePlan {
  const room = openRoom(state, env);
  const view = { state, env, held: room.held };
  const strategy = strategyOf(env.settings.strategy);

  // 1. Order the queue without open offers; requests with a lapsed offer come last, in their order.
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

  /** Requests that no later request may overtake. */
  const openLine = () => {
    let closedBy: Reason | null = null;
    const closedProjects = new Set<ProjectKey>();
    return {
      /** The reason of the request that holds this one up, or null. */
      holdUp(entry: QueueEntry): Reason | null {
        // Nested requests are never blocked: the slots that another request waits for may depend on them.
        if (entry.parent !== null) return null;
        return closedBy ?? (closedProjects.has(projectKey(entry.project)) ? 'project-limit' : null);
      },
      passed(entry: QueueEntry, reason: Reason): void {
        if (strategy.overtakes && !hasDrained(entry)) return;
        const key = projectKey(entry.project);
        if (reason === 'exceeds-maximum') return;
        if (reason !== 'project-limit') closedBy ??= reason;
        else if (entry.minSlots - room.inside(entry) <= projectLimit(env.settings, key)) closedProjects.add(key);
      },
    };
  };

  // 2. Grant entitlements while requests exceed the free slots.
  const asked = active.reduce((sum, entry) => sum + entry.slots, 0);
  const entitled = asked > room.free ? strategy.entitlements(active, view) : null;
  if (entitled !== null) {
    const line = openLine();
    for (const entry of ordered) {
      if (line.holdUp(entry) !== null) continue;
      const key = projectKey(entry.project);
      if (tryGrant(entry, (entitled.get(key) ?? 0) - room.held(key)) === null) continue;
      const whole = room.fit(entry);
      if (isReason(whole)) line.passed(entry, whole);
      // A request wider than its project's entitlement is granted in full once it has waited long enough.
      else if (hasDrained(entry)) tryGrant(entry, Number.POSITIVE_INFINITY);
    }
  }

  // 3. Grant the requests that fit, in order.
  const pending: Pending[] = [];
  const line = openLine();
  for (const entry of ordered) {
    if (grants.has(entry.ticket)) continue;
    const holdUp = line.holdUp(entry);
    const reason = tryGrant(entry, holdUp === null ? Number.POSITIVE_INFINITY : 0);
    if (reason === null) continue;
    const need = entry.minSlots - room.inside(entry);
    const isBehind = holdUp !== null && !isOwnAffair(reason);
    pending.push({ entry, reason: isBehind ? 'behind-others' : reason, binding: isBehind ? holdUp : reason, need });
    if (holdUp === null) line.passed(entry, reason);
  }
  for (const entry of passedOver) pending.push({ entry, reason: 'behind-others', binding: null, need: 0 });
  return { grants: [...grants.values()], pending, free: room.free };
}

/** Reasons that hold even for the first request in line. */
const OWN_AFFAIRS: readonly Reason[] = ['project-limit', 'exceeds-maximum', 'health-critical', 'paused'];
const isOwnAffair = (reason: Reason): boolean => OWN_AFFAIRS.includes(reason);
