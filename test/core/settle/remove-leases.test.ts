import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LeaseId } from '../../../src/core/model/ids.ts';
import type { Lease } from '../../../src/core/model/lease.ts';
import { removeLease, removeLeases } from '../../../src/core/settle/nesting.ts';
import { aLease } from '../../helpers/state.ts';

const id = (n: number): LeaseId => `L${n}` as LeaseId;

/** Leases inside leases: the parent of each is an earlier one, or none. */
const nested = fc
  .array(fc.record({ parent: fc.integer({ min: -3, max: 12 }), slots: fc.nat(3), within: fc.nat(3) }), {
    maxLength: 12,
  })
  .map((drawn) =>
    drawn.map(({ parent, slots, within }, n): Lease => {
      const above = parent >= 0 && parent < n ? id(parent) : null;
      return { ...aLease(id(n), 'p', 1), slots: slots + 1, parent: above, within: above === null ? 0 : within };
    }),
  );

it('leases removed together are removed as one after the other', () => {
  fc.assert(
    fc.property(nested, fc.array(fc.nat(11)), (leases, drawn) => {
      const ids = leases.filter((_, n) => drawn.includes(n)).map((lease) => lease.id);
      expect(removeLeases(leases, ids)).toEqual(ids.reduce<readonly Lease[]>(removeLease, leases));
    }),
  );
});

it('thousands of them are each looked at a few times', () => {
  const most = 4_000;
  let looks = 0;
  const looked = (n: number): LeaseId => {
    looks += 1;
    return id(n);
  };
  const leases = Array.from({ length: most }, (_, n) =>
    Object.defineProperty({ ...aLease(id(n), 'p', 1) }, 'id', { get: () => looked(n) }),
  );
  expect(
    removeLeases(
      leases,
      leases.map((_, n) => id(n)),
    ),
  ).toEqual([]);
  expect(looks).toBeLessThan(10 * most);
});
