/** Judges from signs of life which agents inside sessions have ended without an event. */
import type { Environment } from '../environment.ts';
import type { LeaseId } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { elapsedMs } from '../model/instants.ts';
import type { Lease } from '../model/lease.ts';
import { RENEW_MS } from '../model/session.ts';
import type { State } from '../model/state.ts';

/** Signs of life of agents inside sessions, by lease. */
export interface Signs {
  /** The last entry in its transcript. */
  readonly heard: ReadonlyMap<LeaseId, Instant>;
  /** Leases whose session has a tool process that started after the agent's last sign of life. */
  readonly busy: ReadonlySet<LeaseId>;
  /** How long the machine has slept since it was booted, in milliseconds. */
  readonly suspendedMs: number;
}

/** The clocks are read one after the other, so a shorter sleep is an error of reading. */
export const SLEPT_MS = 1_000;

/** The signs that are worth writing, and the agents that have given none. */
export interface SilenceFindings extends Pick<Signs, 'heard' | 'busy'> {
  /** Each with the last sign of life that it was judged by. */
  readonly silent: ReadonlyMap<LeaseId, Instant>;
}

/** An agent that waits for an agent of its own, or for a slot for one, is at work. */
const isWaitedIn = ({ id }: Lease, { leases, queue }: State): boolean =>
  leases.some(({ parent }) => parent === id) || queue.some(({ parent, waiter }) => parent === id && waiter !== null);

/** Null when nothing is worth writing. `awakeSince`: the machine slept before, so silence counts from then. */
export function silentAgents(state: State, env: Environment, signs: Signs, awakeSince = 0): SilenceFindings | null {
  const heard = new Map<LeaseId, Instant>();
  const busy = new Set<LeaseId>();
  const silent = new Map<LeaseId, Instant>();
  for (const lease of state.leases) {
    if (lease.spawn === null || lease.ticket !== null) continue;
    const { heardAt } = lease.spawn;
    const seenAt = signs.heard.get(lease.id);
    const last = Math.max(heardAt, seenAt ?? 0, awakeSince) as Instant;
    const isBusy = signs.busy.has(lease.id) || isWaitedIn(lease, state);
    if (!isBusy && elapsedMs(last, env.now) >= env.settings.hooks.silenceMs) silent.set(lease.id, heardAt);
    else if (seenAt !== undefined && elapsedMs(heardAt, seenAt) >= RENEW_MS) heard.set(lease.id, seenAt);
    else if (isBusy && mayLast(lease, heardAt, env)) busy.add(lease.id);
  }
  return heard.size + busy.size + silent.size === 0 ? null : { heard, busy, silent };
}

/** Half of the lease's time is over: early enough to extend it, seldom enough to cost nothing. A tool extends it once. */
function mayLast({ expiresAt }: Lease, heardAt: Instant, { now, settings: { leaseTtlMs } }: Environment): boolean {
  const isPastHalf = expiresAt !== null && elapsedMs(now, expiresAt) < leaseTtlMs / 2;
  return isPastHalf && elapsedMs(heardAt, expiresAt) < 2 * leaseTtlMs;
}
