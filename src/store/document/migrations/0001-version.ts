import type { RawMap } from '../../../core/shape.ts';

/**
 * The first documents had no `version` and no leases: `slot_allocation` was a set of counters without holders.
 * A lease needs a holder, so the counters cannot become leases; they start at zero.
 */
export const addVersion = (values: RawMap): RawMap => ({ version: 1, ...values });
