import type { Lease } from '../model/lease.ts';
import type { ProcessRef } from '../model/process-ref.ts';
import type { Identity } from './process-row.ts';

/** The leases and, in a shared state, the wrappers of this user's runs by mark, as vouchers name them. */
export interface HeldRuns {
  readonly leases: readonly Lease[];
  readonly wrappers: ReadonlyMap<string, ProcessRef | null> | null;
}

/**
 * Selects the marks whose runs are held. A lease holds a run. In a shared state, where another user may have removed the
 * lease, added one or moved the vouchers away, the wrapper decides as far as it is known: by the voucher, else by the mark.
 */
export function heldMarks(
  marks: readonly string[],
  { leases, wrappers }: HeldRuns,
  wrapperOf: (mark: string) => Identity | null,
  isLive: (ref: Identity) => boolean,
): ReadonlySet<string> {
  const leased = new Set(leases.flatMap(({ run }) => (run === null ? [] : [run.mark])));
  const isHeld = (mark: string): boolean => {
    const vouched = wrappers?.get(mark) ?? null;
    if (vouched !== null) return isLive(vouched);
    const wrapper = wrappers === null ? null : wrapperOf(mark);
    return leased.has(mark) || (wrapper !== null && isLive(wrapper));
  };
  return new Set(marks.filter(isHeld));
}
