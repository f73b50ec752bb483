/**
 * What someone who waits is told: position, how many slots must come free first, why, who holds, and when, if that
 * can be known.
 */
import type { Environment } from '../environment.ts';
import { projectKey } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import { effectiveMaxSlots, offeredSlots, slotsByProject, usedSlots } from '../model/state.ts';
import type { Reason } from '../reason.ts';
import { projectLimit } from '../settings.ts';
import { planCycle } from './cycle.ts';

export interface Outlook {
  readonly entry: QueueEntry;
  /** 1 is next. */
  readonly position: number;
  /** Slots that must come free before this request fits, those of the requests before it included. */
  readonly agentsAhead: number;
  /** Null while an offer is open: nothing is in the way. */
  readonly reason: Reason | null;
  /** Seconds until enough leases with a known end have ended; null when not enough ends are known. */
  readonly etaSeconds: number | null;
}

/** Whole seconds until `slots` more slots are free by leases whose end is known, or null. */
function secondsUntilFree(state: State, now: Instant, slots: number): number | null {
  if (slots <= 0) return 0;
  const ends = state.leases
    .filter((lease) => lease.expiresAt !== null && lease.slots > 0)
    .map((lease) => ({ at: lease.expiresAt as Instant, slots: lease.slots }))
    .sort((a, b) => a.at - b.at);
  let freed = 0;
  for (const end of ends) {
    freed += end.slots;
    if (freed >= slots) return Math.max(0, Math.ceil((end.at - now) / 1000));
  }
  return null;
}

const WAITS_FOR_THE_POOL: ReadonlySet<Reason> = new Set(['insufficient-slots', 'behind-others', 'health-degraded']);

/** One outlook for each queued request, in the order in which they will be served. */
export function outlooks(state: State, env: Environment): Outlook[] {
  if (state.queue.length === 0) return [];
  const offered = state.queue.filter((entry) => entry.offeredUntil !== null);
  const plan = planCycle(state, env);
  const free = Math.max(0, effectiveMaxSlots(state) - usedSlots(state) - offeredSlots(state));
  const held = slotsByProject(state.leases);
  let ahead = 0;

  const inTheWay = (entry: QueueEntry, reason: Reason): number => {
    if (reason === 'project-limit') {
      const key = projectKey(entry.project);
      return Math.max(0, (held.get(key) ?? 0) + entry.minSlots - projectLimit(env.settings, key));
    }
    ahead += entry.minSlots;
    return Math.max(0, ahead - free);
  };
  const ready = [...offered, ...plan.grants.map(({ entry }) => entry)].map((entry) => ({ entry, reason: null }));
  return [...ready, ...plan.pending].map(({ entry, reason }, at) => {
    const agentsAhead = reason === null ? 0 : inTheWay(entry, reason);
    const waitsForPool = reason !== null && WAITS_FOR_THE_POOL.has(reason);
    const etaSeconds = reason === null ? 0 : waitsForPool ? secondsUntilFree(state, env.now, agentsAhead) : null;
    return { entry, position: at + 1, agentsAhead, reason, etaSeconds };
  });
}
