import { describe, expect, it } from 'vitest';
import type { ReleaseCommand } from '../../../src/core/commands/release.ts';
import type { LeaseId } from '../../../src/core/model/ids.ts';
import { transition } from '../../../src/core/transition.ts';
import type { Row } from '../../helpers/state.ts';
import { aLease, anEntry, anEnvironment, aState, attended, playRow, process_ } from '../../helpers/state.ts';

const caller = process_(7);
const mine = { holder: caller };
const release = (more: Partial<ReleaseCommand> = {}): ReleaseCommand => ({
  kind: 'release',
  project: 'odin',
  slots: null,
  lease: null,
  all: false,
  caller,
  ...more,
});
const three = aState(9, [
  aLease('L1', 'odin', 2, mine),
  aLease('L2', 'odin', 3),
  aLease('L3', 'atlas', 1, mine),
  aLease('L4', 'odin', 1),
]);

const rows: readonly Row[] = [
  {
    name: 'without a count: the caller’s leases of this project',
    state: three,
    command: release(),
    wantOutcome: 'released 2',
    wantLeases: ['L2 odin 3', 'L3 atlas 1', 'L4 odin 1'],
  },
  {
    name: 'a count is taken from the caller’s own lease first',
    state: three,
    command: release({ slots: 1 }),
    wantOutcome: 'released 1',
    wantLeases: ['L1 odin 1', 'L2 odin 3', 'L3 atlas 1', 'L4 odin 1'],
  },
  {
    name: 'then from the newest lease',
    state: three,
    command: release({ slots: 4 }),
    wantOutcome: 'released 4',
    wantLeases: ['L2 odin 2', 'L3 atlas 1'],
  },
  {
    name: 'without a lease of the caller: from the newest lease',
    state: three,
    command: release({ slots: 2, caller: null }),
    wantLeases: ['L1 odin 2', 'L2 odin 2', 'L3 atlas 1'],
  },
  {
    name: 'one lease by its id, in any case',
    state: three,
    command: release({ lease: 'l2' }),
    wantOutcome: 'released 3',
    wantLeases: ['L1 odin 2', 'L3 atlas 1', 'L4 odin 1'],
  },
  {
    name: 'part of one lease',
    state: three,
    command: release({ lease: 'L2', slots: 2 }),
    wantOutcome: 'released 2',
    wantLeases: ['L1 odin 2', 'L2 odin 1', 'L3 atlas 1', 'L4 odin 1'],
  },
  {
    name: 'all leases of the project, of any holder, in any case',
    state: three,
    command: release({ all: true, project: 'ODIN' }),
    wantOutcome: 'released 6',
    wantLeases: ['L3 atlas 1'],
  },
  {
    name: 'exactly as many slots as are held',
    state: three,
    command: release({ slots: 6 }),
    wantOutcome: 'released 6',
    wantLeases: ['L3 atlas 1'],
  },
  {
    name: 'freed slots go to waiting requests',
    state: aState(3, [aLease('L1', 'odin', 3, mine)], [anEntry('T2', 'atlas', 2, attended(8)), anEntry('T3', 'x', 1)]),
    command: release(),
    wantLeases: ['L2 atlas 2 for T2'],
    wantQueue: ['T3 x 1 offered 1'],
    wantEvents: ['granted T2', 'offered T3'],
  },
];

const inside = aState(9, [
  aLease('L1', 'odin', 4, mine),
  aLease('L2', 'odin', 0, { within: 3, parent: 'L1' as LeaseId }),
]);

const refusals: readonly (Row & { readonly wantRefusal: object })[] = [
  {
    name: 'more slots than the project holds',
    state: three,
    command: release({ slots: 7 }),
    wantRefusal: { code: 'more-than-held', held: 6, asked: 7, lease: null },
  },
  {
    name: 'more slots than the lease holds',
    state: three,
    command: release({ lease: 'L2', slots: 4 }),
    wantRefusal: { code: 'more-than-held', held: 3, asked: 4, lease: 'L2' },
  },
  {
    name: 'the caller holds no lease; other leases are listed, newest first',
    state: three,
    command: release({ caller: process_(1) }),
    wantRefusal: { code: 'nothing-held', leases: [{ id: 'L4' }, { id: 'L2' }, { id: 'L1' }] },
  },
  {
    name: 'a known project without leases',
    state: aState(9, [], [], { knownProjects: ['odin'] }),
    command: release({ all: true }),
    wantRefusal: { code: 'nothing-held', leases: [] },
  },
  {
    name: 'an unknown project',
    state: three,
    command: release({ project: 'odni' }),
    wantRefusal: { code: 'no-such-project', project: 'odni', known: ['odin', 'atlas'] },
  },
  {
    name: 'a lease of another project',
    state: three,
    command: release({ lease: 'L3' }),
    wantRefusal: { code: 'no-such-lease', lease: 'L3' },
  },
  {
    name: 'slots that a nested lease uses',
    state: inside,
    command: release({ lease: 'L1', slots: 2 }),
    wantRefusal: { code: 'in-use-inside', lease: 'L1', asked: 2 },
  },
];

describe('release', () => {
  it.each(rows)('$name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });

  it.each(refusals)('is refused and changes nothing: $name', ({ state, command, wantRefusal }) => {
    const done = transition(state, command, anEnvironment());
    expect(done.outcome).toMatchObject({ kind: 'refused', refusal: wantRefusal });
    expect(done.state).toBe(state);
    expect(done.events).toEqual([]);
  });

  it('returns the one slot of a lease that no nested lease uses', () => {
    const { got } = playRow({ name: '', state: inside, command: release({ lease: 'L1', slots: 1 }), wantLeases: [] });
    expect(got).toMatchObject({ sound: [], leases: ['L1 odin 3', 'L2 odin 0 +3 in L1'] });
  });
});
