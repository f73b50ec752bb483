import type { RawMap } from '../../../core/shape.ts';

/**
 * The first documents had no `version` and no leases: `slot_allocation` was a set of counters that nobody owned.
 * The counters cannot be turned into leases, because there is no telling who holds them; they start at zero.
 */
export const addVersion = (values: RawMap): RawMap => ({ version: 1, ...values });
