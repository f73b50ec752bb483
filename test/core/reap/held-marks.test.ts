/** The runs that are held, and so left alone by whoever looks for what ended runs have left behind. */
import { expect, it } from 'vitest';
import type { Run } from '../../../src/core/model/lease.ts';
import { heldMarks } from '../../../src/core/reap/held-marks.ts';
import { aLease, process_ } from '../../helpers/state.ts';

const [alive, dead] = [process_(10), process_(20)];
const run: Run = {
  containment: 'ledger',
  folder: null,
  mark: 'm',
  numbers: [1],
  root: null,
  memoryBytes: null,
  isRetriable: false,
};
const lease = aLease('L1', 'odin', 1, { holder: alive, run });

it.each([
  ['in a private state by a lease', [lease], null, dead, true],
  ['in a private state by nothing else', [], null, alive, false],
  ['in a shared state by a vouched wrapper that lives, without a lease', [], alive, dead, true],
  ['in a shared state not by a lease, when the vouched wrapper is dead', [lease], dead, alive, false],
  ['in a shared state by the wrapper in the mark, without voucher and lease', [], null, alive, true],
  ['in a shared state by a lease, without a voucher', [lease], null, dead, true],
  ['in a shared state by nothing else', [], null, dead, false],
] as const)('a run is held %s: %#', (name, leases, vouched, inMark, want) => {
  const wrappers = name.startsWith('in a private') ? null : new Map([['m', vouched]]);
  const held = heldMarks(
    ['m'],
    { leases, wrappers },
    () => inMark,
    ({ pid }) => pid === alive.pid,
  );
  expect(held.has('m')).toBe(want);
});
