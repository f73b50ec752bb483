import { describe, expect, it } from 'vitest';
import type { LeaseId } from '../../../src/core/model/ids.ts';
import type { Row } from '../../helpers/state.ts';
import { aLease, anEntry, anEnvironment, aRequest, aState, attended, playRow, process_ } from '../../helpers/state.ts';

const L = (id: string): LeaseId => id as LeaseId;
const from = (parent: string, holder = 3000) => ({ parent: L(parent), holder: process_(holder) });

const rows: readonly Row[] = [
  {
    name: 'all slots of its own lease are in use, and that lease ends only after the request',
    state: aState(3, [
      aLease('L1', 'odin', 3, {
        agents: [1, 2, 3].map((n) => ({
          name: `a${n}`,
          pid: null,
          progress: null,
          phase: null,
          progressAt: null,
          extra: {},
        })),
      }),
    ]),
    command: aRequest('odin', 1, from('L1')),
    wantOutcome: 'denied would-deadlock',
    wantQueue: [],
  },
  {
    name: 'its own lease uses up the project limit',
    state: aState(9, [aLease('L1', 'odin', 3)]),
    command: aRequest('odin', 4, from('L1')),
    env: anEnvironment({ maxPerProject: 3 }),
    wantOutcome: 'denied would-deadlock',
  },
  {
    name: 'other leases of its holder count too',
    state: aState(5, [aLease('L1', 'odin', 1), aLease('L2', 'atlas', 3, { holder: process_(3000) })]),
    command: aRequest('odin', 3, from('L1')),
    wantOutcome: 'denied would-deadlock',
  },
  {
    name: 'two occupants would wait for each other',
    state: aState(
      4,
      [aLease('L1', 'odin', 2), aLease('L2', 'atlas', 2)],
      [anEntry('T3', 'odin', 4, { ...from('L1', 5), ...attended(5) })],
    ),
    command: aRequest('atlas', 4, from('L2', 6)),
    wantOutcome: 'denied would-deadlock',
    wantQueue: ['T3 odin 4 attended'],
  },
  {
    name: 'a grandparent does not end before the request either',
    state: aState(4, [aLease('L1', 'odin', 3), aLease('L2', 'odin', 0, { parent: L('L1'), within: 2 })]),
    command: aRequest('odin', 4, from('L2')),
    wantOutcome: 'denied would-deadlock',
  },
  {
    name: 'another project’s lease will end, so the request may wait for it',
    state: aState(4, [aLease('L1', 'odin', 2), aLease('L2', 'atlas', 2)]),
    command: aRequest('odin', 4, from('L1')),
    wantOutcome: 'queued insufficient-slots',
  },
  {
    name: 'a request may wait for a lease that waits for a third one',
    state: aState(
      6,
      [aLease('L1', 'odin', 2), aLease('L2', 'atlas', 2), aLease('L3', 'consilio', 2)],
      [anEntry('T4', 'atlas', 4, { ...from('L2', 5), ...attended(5) })],
    ),
    command: aRequest('odin', 6, from('L1', 6)),
    wantOutcome: 'queued insufficient-slots',
  },
  {
    name: 'a sibling that uses its parent’s slots will end',
    state: aState(3, [aLease('L1', 'odin', 3), aLease('L2', 'odin', 0, { parent: L('L1'), within: 3 })]),
    command: aRequest('odin', 2, from('L1')),
    wantOutcome: 'queued insufficient-slots',
  },
  {
    name: 'a holder that requests more outside any lease may release its slots',
    state: aState(4, [aLease('L1', 'odin', 3, { holder: process_(3000) })]),
    command: aRequest('odin', 2),
    wantOutcome: 'queued insufficient-slots',
  },
  {
    name: 'a pause is no deadlock, since it ends',
    state: aState(0, [aLease('L1', 'odin', 2)]),
    command: aRequest('odin', 3, from('L1')),
    wantOutcome: 'queued paused',
  },
];

describe('deadlock check', () => {
  it.each(rows)('$name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });

  // L1's occupant waits for L2 to end, and L2's occupant for a slot that is free. Keeping that slot back is a deadlock.
  it('a nested request is not held up by another nested request that waits for its lease', () => {
    const state = aState(
      5,
      [aLease('L1', 'odin', 2), aLease('L2', 'atlas', 2)],
      [anEntry('T3', 'odin', 4, { ...from('L1', 5), ...attended(5) })],
    );
    const { got, want } = playRow({
      name: '',
      state,
      command: aRequest('atlas', 3, from('L2', 6)),
      wantOutcome: 'granted 3',
      wantQueue: ['T3 odin 4 attended'],
    });
    expect(got).toEqual(want);
  });
});
