import { describe, expect, it } from 'vitest';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import { transition } from '../../../src/core/transition.ts';
import type { Row } from '../../helpers/state.ts';
import { aLease, anEntry, anEnvironment, aRequest, aState, attended, playRow } from '../../helpers/state.ts';

const busy = aState(
  5,
  [aLease('L1', 'consilio', 4)],
  [anEntry('T2', 'odin', 3, attended(8)), anEntry('T3', 'atlas', 2), anEntry('T4', 'odin', 9)],
);

const rows: readonly Row[] = [
  {
    name: 'raising grants what fits now and names who can proceed',
    state: busy,
    command: { kind: 'set-max', slots: 9 },
    wantOutcome: 'max-set from 5 odin atlas',
    wantLeases: ['L1 consilio 4', 'L2 odin 3 for T2'],
    wantQueue: ['T3 atlas 2 offered 2', 'T4 odin 9'],
  },
  {
    name: 'lowering below what is in use takes nothing away',
    state: busy,
    command: { kind: 'set-max', slots: 2 },
    wantOutcome: 'max-set from 5',
    wantLeases: ['L1 consilio 4'],
  },
  {
    name: 'after lowering, a request that is too large for good stands in nobody’s way',
    state: aState(5, [aLease('L1', 'consilio', 1)], [anEntry('T2', 'odin', 5), anEntry('T3', 'atlas', 2, attended(8))]),
    command: { kind: 'set-max', slots: 3 },
    wantLeases: ['L1 consilio 1', 'L3 atlas 2 for T3'],
  },
  {
    name: '0 pauses: nobody is granted',
    state: aState(5, [], []),
    command: { kind: 'set-max', slots: 0 },
    wantOutcome: 'max-set from 5',
  },
  {
    name: 'a request during the pause queues',
    state: aState(0),
    command: aRequest('odin', 5),
    wantOutcome: 'queued paused',
  },
  {
    name: 'ending the pause grants',
    state: aState(0, [], [anEntry('T2', 'odin', 5, attended(8))]),
    command: { kind: 'set-max', slots: 5 },
    wantOutcome: 'max-set from 0 odin',
  },
];

describe('set-max', () => {
  it.each(rows)('$name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });

  it('to what it is returns the very same state', () => {
    expect(transition(busy, { kind: 'set-max', slots: 5 }, anEnvironment()).state).toBe(busy);
  });

  it.each([
    { name: 'never sampled stays never sampled', from: 20, effective: null, to: 30, want: null },
    { name: 'all of it stays all of it when raised', from: 20, effective: 20, to: 30, want: 30 },
    { name: 'all of it stays all of it when lowered', from: 20, effective: 20, to: 10, want: 10 },
    { name: 'what health took away is not given back by raising', from: 20, effective: 12, to: 30, want: 12 },
    { name: 'what health took away stays taken when still above it', from: 20, effective: 12, to: 15, want: 12 },
    { name: 'it is never more than the maximum', from: 20, effective: 12, to: 10, want: 10 },
  ])('effective maximum: $name', ({ from, effective, to, want }) => {
    const state = aState(from, [], [], { vmState: { ...EMPTY_VM_STATE, effectiveMaxSlots: effective } });
    const done = transition(state, { kind: 'set-max', slots: to }, anEnvironment());
    expect(done.state.vmState.effectiveMaxSlots).toBe(want);
  });
});
