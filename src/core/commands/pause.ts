import type { Environment } from '../environment.ts';
import type { LeaseId } from '../model/ids.ts';
import type { State } from '../model/state.ts';

/** The processes of a lease are to be stopped, or to go on. Said before it is done, so that a crash can be undone. */
export interface PauseCommand {
  readonly kind: 'pause';
  readonly lease: LeaseId;
  readonly paused: boolean;
}

export function pause(state: State, env: Environment, { lease: id, paused }: PauseCommand): State {
  const found = state.leases.find((lease) => lease.id === id);
  if (!found || (found.pausedAt !== null) === paused) return state;
  const leases = state.leases.map((lease) =>
    lease === found ? { ...lease, pausedAt: paused ? env.now : null } : lease,
  );
  return { ...state, leases };
}
