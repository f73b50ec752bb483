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
import type { Fit, Room } from './room.ts';
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

function grantEntitlements(
  ordered: readonly QueueEntry[],
  entitled: ReadonlyMap<string, number>,
  room: Room,
  grants: Map<TicketId, Grant>,
): void {
  for (const entry of ordered) {
    const key = projectKey(entry.project);
    const fit = room.fit(entry, (entitled.get(key) ?? 0) - room.held(key));
    if (isReason(fit)) continue;
    room.take(entry, fit);
    grants.set(entry.ticket, { entry, ...fit });
  }
}

export function planCycle(state: State, env: Environment): CyclePlan {
  const room = openRoom(state, env);
  const view = { state, env, held: room.held };
  const strategy = strategyOf(env.settings.strategy);

  // 1. Order; offers are settled matters and passed-over requests come last, in their order.
  const active = state.queue.filter((entry) => entry.offeredUntil === null && !isPassedOver(entry));
  const passedOver = state.queue.filter((entry) => entry.offeredUntil === null && isPassedOver(entry));
  const ordered = inOrder(active, view);
  const grants = new Map<TicketId, Grant>();

  // 2. Entitlements, while more is asked than is free.
  const asked = active.reduce((sum, entry) => sum + entry.slots, 0);
  const entitled = asked > room.free ? strategy.entitlements(active, view) : null;
  if (entitled !== null) grantEntitlements(ordered, entitled, room, grants);

  // 3. What fits, in order.
  const pending: Pending[] = [];
  let closed = false;
  for (const entry of ordered) {
    if (grants.has(entry.ticket)) continue;
    const fit = room.fit(entry, closed ? 0 : Number.POSITIVE_INFINITY);
    if (!isReason(fit)) {
      room.take(entry, fit);
      grants.set(entry.ticket, { entry, ...fit });
      continue;
    }
    const own = holdsUpOnlyItself(fit);
    pending.push({ entry, reason: closed && !own ? 'behind-others' : fit });
    const drained = elapsedMs(entry.queuedAt, env.now) >= env.settings.drainAfterMs;
    if (!own && (!strategy.overtakes || drained)) closed = true;
  }
  for (const entry of passedOver) pending.push({ entry, reason: 'behind-others' });
  return { grants: [...grants.values()], pending };
}
