/**
 * Outlook of a queued request: position, slots that must come free first, reason, holders, and an estimate where one is
 * possible.
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
  /** Position in the queue; 1 is next. */
  readonly position: number;
  /** Slots that must come free before this request fits, including those for the requests before it. */
  readonly agentsAhead: number;
  /** Null while an offer is open. */
  readonly reason: Reason | null;
  /** Estimated wait until enough leases have ended; null when too few of their ends can be estimated. */
  readonly eta: Eta | null;
}

/** Estimated ends of leases, the earliest first, each with the slots that it frees. */
function endsOf(state: State, now: Instant): { readonly eta: Eta; readonly slots: number }[] {
  const ends = state.leases.flatMap((lease) => {
    const eta = lease.slots > 0 ? leaseEta(lease, state, now) : null;
    return eta === null ? [] : [{ eta, slots: lease.slots }];
  });
  return ends.sort((a, b) => a.eta.ms - b.eta.ms);
}

/** Estimated wait until `slots` more slots are free, or null. */
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

/** One outlook for each queued request, in serving order. */
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
