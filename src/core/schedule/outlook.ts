/**
 * Outlook of a queued request: position, slots that must come free first, reason, holders, and an estimate where one is
 * possible.
 */
import type { Environment } from '../environment.ts';
import type { Instant } from '../model/instants.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import type { Reason } from '../reason.ts';
import { planCycle } from './cycle.ts';
import { type Eta, lastOf, leaseEta } from './eta.ts';

export interface Outlook {
  readonly entry: QueueEntry;
  /** Position in the queue; 1 is next. */
  readonly position: number;
  /** Slots that must come free so that it fits, after the requests before it; 0 where something other than slots binds. */
  readonly agentsAhead: number;
  /** Null while an offer is open. */
  readonly reason: Reason | null;
  /** The reason that decides: its own, or that of the first request that holds it up; null without one. */
  readonly binding: Reason | null;
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

/** Reasons that end when leases end. */
const WAITS_FOR_THE_POOL: ReadonlySet<Reason> = new Set(['insufficient-slots', 'health-degraded']);

/** Reasons for which a request takes no slots from later ones. */
const TAKES_NONE: ReadonlySet<Reason> = new Set(['project-limit', 'exceeds-maximum']);

/** One outlook for each queued request, in serving order. */
export function outlooks(state: State, env: Environment): Outlook[] {
  if (state.queue.length === 0) return [];
  const offered = state.queue.filter((entry) => entry.offeredUntil !== null);
  const plan = planCycle(state, env);
  const ends = endsOf(state, env.now);
  const ready = [...offered, ...plan.grants.map(({ entry }) => entry)];
  let asked = 0;
  return [
    ...ready.map((entry, at) => ({
      entry,
      position: at + 1,
      agentsAhead: 0,
      reason: null,
      binding: null,
      eta: NOW,
    })),
    ...plan.pending.map(({ entry, reason, binding, need }, at): Outlook => {
      if (binding !== null && !TAKES_NONE.has(reason)) asked += need;
      const toComeFree = Math.max(0, asked - plan.free);
      return {
        entry,
        position: ready.length + at + 1,
        agentsAhead: binding === 'insufficient-slots' ? toComeFree : 0,
        reason,
        binding,
        eta: binding !== null && WAITS_FOR_THE_POOL.has(binding) ? untilFree(ends, toComeFree) : null,
      };
    }),
  ];
}
