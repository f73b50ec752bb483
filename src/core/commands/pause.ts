import type { Environment } from '../environment.ts';
import type { LeaseId } from '../model/ids.ts';
import { elapsedMs } from '../model/instants.ts';
import { type State, withLease } from '../model/state.ts';

/** Records that the processes of a lease will be stopped or resumed, before it is done, so that a crash can be undone. */
export interface PauseCommand {
  readonly kind: 'pause';
  readonly lease: LeaseId;
  readonly paused: boolean;
}

export function pause(state: State, env: Environment, { lease: id, paused }: PauseCommand): State {
  const found = state.leases.find((lease) => lease.id === id);
  if (!found || (found.pausedAt !== null) === paused) return state;
  return withLease(state, found, { ...found, pausedAt: paused ? env.now : null });
}

/** A live monitor resumes in time; this long after that, nobody does. */
const LATE_MS = 5_000;

/** True if a lease has been paused for longer than it may be: its monitor is gone. */
export const hasOverduePause = ({ leases }: State, { now, settings }: Environment): boolean =>
  leases.some(
    ({ pausedAt }) => pausedAt !== null && elapsedMs(pausedAt, now) > settings.monitor.pauseAtMostMs + LATE_MS,
  );
