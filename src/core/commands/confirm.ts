import type { State } from '../model/state.ts';

/** A waiter confirms that its caller knows of the grant: from then on the lease does not depend on the waiter. */
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
