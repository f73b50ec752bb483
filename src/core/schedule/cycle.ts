/**
 * One scheduling cycle: who in the queue gets slots now, and why everybody else does not. Pure: it reads a state
 * and returns a plan; `transition` carries the plan out.
 *
 * Steps: (1) put the queue in order; (2) while more is asked than is free under fair-share, grant each project up to
 * its entitlement; (3) grant what fits, in order. A request that does not fit is overtaken only where the strategy
 * allows it, and no longer than `drain_after`; one that is held up by its own project's limit, or asks for more
 * than the machine has, holds up nobody else.
 */
import type { Environment } from '../environment.ts';
import type { TicketId } from '../model/ids.ts';
import { projectKey } from '../model/ids.ts';
import { elapsedMs } from '../model/instants.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import type { Reason } from '../reason.ts';
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
  /** Everyone who goes on waiting, best first; those with an open offer have the reason they wait for: none. */
  readonly pending: readonly Pending[];
}

const isReason = (fit: Fit | Reason): fit is Reason => typeof fit === 'string';

/** Reasons that are the request's own affair, so that it stands in nobody's way. */
const holdsUpOnlyItself = (reason: Reason): boolean => reason === 'project-limit' || reason === 'exceeds-maximum';

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
  const closesTheLine = (entry: QueueEntry, reason: Reason): boolean =>
    !holdsUpOnlyItself(reason) && (!strategy.overtakes || hasDrained(entry));

  // 2. Entitlements, while more is asked than is free.
  const asked = active.reduce((sum, entry) => sum + entry.slots, 0);
  const entitled = asked > room.free ? strategy.entitlements(active, view) : null;
  if (entitled !== null) {
    let isClosed = false;
    for (const entry of ordered) {
      if (isClosed && entry.parent === null) break;
      const key = projectKey(entry.project);
      if (tryGrant(entry, (entitled.get(key) ?? 0) - room.held(key)) === null) continue;
      const whole = room.fit(entry);
      if (isReason(whole)) isClosed ||= closesTheLine(entry, whole);
      // A request that no entitlement is wide enough for gets what it needs all the same, once it has waited.
      else if (hasDrained(entry)) tryGrant(entry, Number.POSITIVE_INFINITY);
    }
  }

  // 3. What fits, in order.
  const pending: Pending[] = [];
  let isClosed = false;
  for (const entry of ordered) {
    if (grants.has(entry.ticket)) continue;
    // Requests from inside leases never hold up each other: one may be what the other's slots depend on.
    const isHeldUp = isClosed && entry.parent === null;
    const reason = tryGrant(entry, isHeldUp ? 0 : Number.POSITIVE_INFINITY);
    if (reason === null) continue;
    pending.push({ entry, reason: isHeldUp && !holdsUpOnlyItself(reason) ? 'behind-others' : reason });
    isClosed ||= closesTheLine(entry, reason);
  }
  for (const entry of passedOver) pending.push({ entry, reason: 'behind-others' });
  return { grants: [...grants.values()], pending };
}
