import type { Environment } from '../environment.ts';
import type { LeaseId } from '../model/ids.ts';
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
