/** Separates the records that a user may believe from the others, in a state that other users may write to. */
import type { Lease } from '../model/lease.ts';
import type { ProcessRef } from '../model/process-ref.ts';
import type { State } from '../model/state.ts';
import { keyOfNamed, type Voucher, vouches } from './voucher.ts';

export interface Trust {
  /** True for a lease whose processes are this user's by its own voucher, and for one that names no processes. */
  isOwn(lease: Lease): boolean;
  /** The user whose voucher names the processes of a lease that is not own; null if nobody's does. */
  userOf(lease: Lease): number | null;
  /** The state with the endings and pauses that this user asked for, and no others. */
  view(state: State): State;
  /** Wrappers of this user's runs, by mark; null in a private state. */
  readonly wrappers: ReadonlyMap<string, ProcessRef | null> | null;
}

/** Trust in a private state: whoever can write to it is this user or root. */
export const FULL_TRUST: Trust = { isOwn: () => true, userOf: () => null, view: (state) => state, wrappers: null };

export type Vouchers = ReadonlyMap<string, Voucher>;

/** The voucher of the lease among these, which are listed by name. */
function voucherFor(vouchers: Vouchers, lease: Lease): Voucher | null {
  const voucher = vouchers.get(keyOfNamed(lease) ?? '');
  return voucher !== undefined && vouches(voucher, lease) ? voucher : null;
}

/** Trust of a user with these vouchers. */
export function trustOf(vouchers: Vouchers, othersOf: () => ReadonlyMap<number, Vouchers>): Trust {
  const voucherOf = (lease: Lease): Voucher | null => voucherFor(vouchers, lease);
  const asAsked = (lease: Lease): Lease => {
    if (lease.ending === null && lease.pausedAt === null) return lease;
    const { isEnding = false, isPaused = false } = voucherOf(lease) ?? {};
    return { ...lease, ending: isEnding ? lease.ending : null, pausedAt: isPaused ? lease.pausedAt : null };
  };
  return {
    isOwn: (lease) => (lease.holder === null && lease.run === null) || voucherOf(lease) !== null,
    userOf: (lease) => [...othersOf()].find(([, others]) => voucherFor(others, lease) !== null)?.[0] ?? null,
    view: (state) => ({ ...state, leases: state.leases.map(asAsked) }),
    wrappers: new Map([...vouchers.values()].flatMap(({ run, holder }) => (run === null ? [] : [[run.mark, holder]]))),
  };
}
