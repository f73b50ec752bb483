/**
 * Applies the changes that time and dead processes cause. Settling twice at the same instant changes nothing the second
 * time, and an unaffected state is returned as the same object.
 */
import type { Change } from '../change.ts';
import { type Environment, isDead, isPresent } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import type { LeaseId } from '../model/ids.ts';
import { elapsedMs } from '../model/instants.ts';
import { isBeingEnded, type Lease, leaseSize, mayHaveStarted } from '../model/lease.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { Session } from '../model/session.ts';
import type { State } from '../model/state.ts';
import { settleBudgets } from './budgets.ts';
import { removeLeases } from './nesting.ts';

/** A lapsed ticket without a new request is dropped after this many times `claim_within`. */
const FORGET_AFTER_CLAIMS = 10;
const FORGET_AT_LEAST_MS = 10 * 60_000;

type EndReason = Extract<CoreEvent, { kind: 'reclaimed' }>['why'];
type LapseReason = Extract<CoreEvent, { kind: 'lapsed' }>['why'];

/** The holder is dead, and so is the command of `run`: a killed wrapper does not free a slot in use. */
function isAbandoned(lease: Lease, env: Environment): boolean {
  const { holder, run, ending } = lease;
  if (holder === null || !isDead(env, holder)) return false;
  if (ending !== null && isBeingEnded(ending, env.now)) return false;
  if (run === null) return true;
  return run.root === null ? !mayHaveStarted(lease, env.now) : isDead(env, run.root);
}

function endReason(lease: Lease, env: Environment): EndReason | null {
  if (isAbandoned(lease, env)) return 'holder-gone';
  if (lease.expiresAt !== null && lease.expiresAt <= env.now) return 'expired';
  const undelivered = lease.ticket !== null && !isPresent(env, lease.waiter);
  if (undelivered && lease.acquiredAt !== null && elapsedMs(lease.acquiredAt, env.now) >= env.settings.claimWithinMs) {
    return 'never-collected';
  }
  return null;
}

function settleEntry(entry: QueueEntry, env: Environment, events: CoreEvent[]): QueueEntry | null {
  const { ticket, project } = entry;
  if (entry.holder !== null && isDead(env, entry.holder)) {
    events.push({ kind: 'dropped', ticket, project, why: 'holder-gone' });
    return null;
  }
  let next = entry;
  const lapse = (why: LapseReason): void => {
    events.push({ kind: 'lapsed', ticket, project, why });
    next = { ...next, offeredUntil: null, offeredSlots: 0, lapsedAt: env.now };
  };
  if (next.waiter !== null && isDead(env, next.waiter)) {
    next = { ...next, waiter: null };
    // Nobody asks any more, so the request must not hold up those behind it. An offer lapses by its own time.
    if (next.offeredUntil === null && next.lapsedAt === null) lapse('waiter-gone');
  }
  if (next.offeredUntil !== null && next.offeredUntil <= env.now) lapse('not-claimed');
  const forgetMs = Math.max(FORGET_AT_LEAST_MS, FORGET_AFTER_CLAIMS * env.settings.claimWithinMs);
  if (next.lapsedAt !== null && next.waiter === null && elapsedMs(next.lapsedAt, env.now) >= forgetMs) {
    events.push({ kind: 'dropped', ticket, project, why: 'never-asked-again' });
    return null;
  }
  return next;
}

/** Drops ended sessions; returns the same list when none ended. A session without a process ends after `lease_ttl`. */
function settleSessions(sessions: readonly Session[], env: Environment): readonly Session[] {
  const isOver = ({ process, startedAt }: Session): boolean =>
    process === null ? elapsedMs(startedAt, env.now) >= env.settings.leaseTtlMs : isDead(env, process);
  return sessions.some(isOver) ? sessions.filter((session) => !isOver(session)) : sessions;
}

export function settle(state: State, env: Environment): Change {
  const events: CoreEvent[] = [];

  // 1. Reclaim leases without a holder.
  const gone: LeaseId[] = [];
  for (const lease of state.leases) {
    const why = endReason(lease, env);
    if (why === null) continue;
    gone.push(lease.id);
    const { id, project, holder } = lease;
    events.push({ kind: 'reclaimed', lease: id, project, slots: leaseSize(lease), why, holder });
  }
  const leases = removeLeases(state.leases, gone);

  // 2. Drop requests of dead holders; lapse offers that were not taken in time, and requests of dead waiters.
  const kept = state.queue.map((entry) => settleEntry(entry, env, events));
  const queueChanged = kept.some((entry, at) => entry !== state.queue[at]);
  const queue = queueChanged ? kept.filter((entry) => entry !== null) : state.queue;

  // 3. End reservations of dead holders; renew budget windows that are over.
  const budgets = settleBudgets(state.budgets, env, events);

  // 4. Drop ended sessions.
  const sessions = settleSessions(state.sessions, env);

  const isSame = !queueChanged && budgets === state.budgets && sessions === state.sessions;
  if (isSame && leases === state.leases) return { state, events };
  return { state: { ...state, leases, queue, budgets, sessions }, events };
}
