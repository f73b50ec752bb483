import type { State } from '../model/state.ts';

/** A waiter has told its caller that it was granted: the lease no longer depends on the waiter. */
export interface ConfirmCommand {
  readonly kind: 'confirm';
  readonly ticket: string;
}

export function confirm(state: State, ticket: string): State {
  if (!state.leases.some((lease) => lease.ticket === ticket)) return state;
  const leases = state.leases.map((lease) =>
    lease.ticket === ticket ? { ...lease, ticket: null, waiter: null } : lease,
  );
  return { ...state, leases };
}
