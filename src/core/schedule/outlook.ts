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
import { projectLimit } from '../settings/settings.ts';
import { planCycle } from './cycle.ts';
import type { Eta } from './eta.ts';
import { lastOf, leaseEta } from './eta.ts';

export interface Outlook {
  readonly entry: QueueEntry;
  /** 1 is next. */
  readonly position: number;
  /** Slots that must come free before this request fits, those of the requests before it included. */
  readonly agentsAhead: number;
  /** Null while an offer is open: nothing is in the way. */
  readonly reason: Reason | null;
  /** Until enough leases are expected to have ended; null when not enough of their ends are known. */
  readonly eta: Eta | null;
}

/** Ends of leases that are expected, the next one first, each with the slots that it frees. */
function endsOf(state: State, now: Instant): { readonly eta: Eta; readonly slots: number }[] {
  const ends = state.leases.flatMap((lease) => {
    const eta = lease.slots > 0 ? leaseEta(lease, state, now) : null;
    return eta === null ? [] : [{ eta, slots: lease.slots }];
  });
  return ends.sort((a, b) => a.eta.ms - b.eta.ms);
}

/** Until `slots` more slots are free, or null. */
function untilFree(ends: ReturnType<typeof endsOf>, slots: number): Eta | null {
  if (slots <= 0) return NOW;
  let freed = 0;
  let last: Eta | null = null;
  for (const end of ends) {
    last = last === null ? end.eta : lastOf([last, end.eta]);
    freed += end.slots;
    if (freed >= slots) return last;
  }
  return null;
}

const NOW: Eta = { ms: 0, basis: 'progress', confidence: 'likely' };

const WAITS_FOR_THE_POOL: ReadonlySet<Reason> = new Set(['insufficient-slots', 'behind-others', 'health-degraded']);

/** One outlook for each queued request, in the order in which they will be served. */
export function outlooks(state: State, env: Environment): Outlook[] {
  if (state.queue.length === 0) return [];
  const offered = state.queue.filter((entry) => entry.offeredUntil !== null);
  const plan = planCycle(state, env);
  const free = Math.max(0, effectiveMaxSlots(state) - usedSlots(state) - offeredSlots(state));
  const held = slotsByProject(state.leases);
  const ends = endsOf(state, env.now);
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
    const eta = reason === null ? NOW : waitsForPool ? untilFree(ends, agentsAhead) : null;
    return { entry, position: at + 1, agentsAhead, reason, eta };
  });
}
