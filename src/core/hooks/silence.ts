/** Which agents inside sessions are over by all that can be seen: pure, on signs that were collected before. */
import type { Environment } from '../environment.ts';
import type { LeaseId } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { elapsedMs } from '../model/instants.ts';
import type { Lease } from '../model/lease.ts';
import { RENEW_MS } from '../model/session.ts';
import type { State } from '../model/state.ts';

/** What was seen of agents inside sessions, by lease. */
export interface Signs {
  /** When each last wrote into its transcript. */
  readonly heard: ReadonlyMap<LeaseId, Instant>;
  /** Those of whose session a tool runs that began since they were last heard of. */
  readonly busy: ReadonlySet<LeaseId>;
  /** How long the machine has slept since it was booted, in milliseconds. */
  readonly suspendedMs: number;
}

/** So much sleep is none: the clocks are read one after the other. */
export const SLEPT_MS = 1_000;

export interface Found extends Pick<Signs, 'heard' | 'busy'> {
  /** Each with the last word of it that was known when it was judged. */
  readonly silent: ReadonlyMap<LeaseId, Instant>;
}

/** An agent that waits for one that it has started itself, or for a slot for one, is at work. */
const isWaitedIn = ({ id }: Lease, { leases, queue }: State): boolean =>
  leases.some(({ parent }) => parent === id) || queue.some(({ parent, waiter }) => parent === id && waiter !== null);

/** Null when nothing of it is worth writing down. `awakeSince`: nothing could be heard before. */
export function silentAgents(state: State, env: Environment, signs: Signs, awakeSince = 0): Found | null {
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

/** Half of its time is over: soon enough to move its end, seldom enough to cost nothing. A tool moves it once. */
function mayLast({ expiresAt }: Lease, heardAt: Instant, { now, settings: { leaseTtlMs } }: Environment): boolean {
  const isPastHalf = expiresAt !== null && elapsedMs(now, expiresAt) < leaseTtlMs / 2;
  return isPastHalf && elapsedMs(heardAt, expiresAt) < 2 * leaseTtlMs;
}
