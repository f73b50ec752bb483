/** Finds the agents inside sessions that have ended without an event, from their signs of life. */
import type { Environment } from '../environment.ts';
import type { LeaseId } from '../model/ids.ts';
import { elapsedMs, type Instant } from '../model/instants.ts';
import type { Lease } from '../model/lease.ts';
import { RENEW_MS } from '../model/session.ts';
import type { State } from '../model/state.ts';

/** Signs of life of agents inside sessions, by lease. */
export interface Signs {
  /** The last entry in its transcript. */
  readonly heard: ReadonlyMap<LeaseId, Instant>;
  /** Leases whose session has a tool process that started after the agent's last sign of life. */
  readonly busy: ReadonlySet<LeaseId>;
  /** Time that the machine has slept since its boot, in milliseconds. */
  readonly suspendedMs: number;
}

/** Shorter sleeps are reading errors, because the two clocks are read one after the other. */
export const SLEPT_MS = 1_000;

/** The signs of life that are worth a commit, and the silent agents. */
export interface SilenceFindings extends Pick<Signs, 'heard' | 'busy'> {
  /** Leases of silent agents, each with the last sign of life in the state. */
  readonly silent: ReadonlyMap<LeaseId, Instant>;
}

/** True for an agent that waits for an agent of its own, or for a slot for one; it is at work. */
const isWaitedIn = ({ id }: Lease, { leases, queue }: State): boolean =>
  leases.some(({ parent }) => parent === id) || queue.some(({ parent, waiter }) => parent === id && waiter !== null);

/** The findings; null when none is worth a commit. Silence counts from `awakeSince`, the end of the machine's sleep. */
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

/** True when a running tool may extend the lease: once, and only after half of its time, which keeps commits rare. */
function mayLast({ expiresAt }: Lease, heardAt: Instant, { now, settings: { leaseTtlMs } }: Environment): boolean {
  const isPastHalf = expiresAt !== null && elapsedMs(now, expiresAt) < leaseTtlMs / 2;
  return isPastHalf && elapsedMs(heardAt, expiresAt) < 2 * leaseTtlMs;
}
