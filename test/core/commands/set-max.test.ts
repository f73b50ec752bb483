import { describe, expect, it } from 'vitest';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import { transition } from '../../../src/core/transition.ts';
import type { Row } from '../../helpers/state.ts';
import { aLease, anEntry, anEnvironment, aRequest, aState, attended, later, playRow } from '../../helpers/state.ts';

const busy = aState(
  5,
  [aLease('L1', 'consilio', 4)],
  [anEntry('T2', 'odin', 3, attended(8)), anEntry('T3', 'atlas', 2), anEntry('T4', 'odin', 9)],
);

const rows: readonly Row[] = [
  {
    name: 'raising grants requests that fit now and names their projects',
    state: busy,
    command: { kind: 'set-max', slots: 9 },
    wantOutcome: 'max-set from 5 odin atlas',
    wantLeases: ['L1 consilio 4', 'L2 odin 3 for T2'],
    wantQueue: ['T3 atlas 2 offered 2', 'T4 odin 9'],
  },
  {
    name: 'lowering below the slots in use ends no lease',
    state: busy,
    command: { kind: 'set-max', slots: 2 },
    wantOutcome: 'max-set from 5',
    wantLeases: ['L1 consilio 4'],
  },
  {
    name: 'after lowering, a request above the maximum blocks no other request',
    state: aState(5, [aLease('L1', 'consilio', 1)], [anEntry('T2', 'odin', 5), anEntry('T3', 'atlas', 2, attended(8))]),
    command: { kind: 'set-max', slots: 3 },
    wantLeases: ['L1 consilio 1', 'L3 atlas 2 for T3'],
  },
  {
    name: '0 pauses: no grants',
    state: aState(5, [], []),
    command: { kind: 'set-max', slots: 0 },
    wantOutcome: 'max-set from 5',
  },
  {
    name: 'a request during the pause is queued',
    state: aState(0),
    command: aRequest('odin', 5),
    wantOutcome: 'queued paused',
  },
  {
    name: 'ending the pause grants waiting requests',
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

  it.each([
    { name: 'the seed', from: 20, used: 8, effective: null, to: 30, want: 10 },
    {
      name: '8 stay in use while the pool shrinks and grows again',
      from: 3,
      used: 8,
      effective: null,
      to: 10,
      want: 2,
    },
    { name: 'a smaller pool', from: 10, used: 8, effective: null, to: 3, want: 0 },
    { name: 'still less than what is in use', from: 3, used: 8, effective: null, to: 6, want: 0 },
    { name: 'the machine is under strain', from: 20, used: 2, effective: 4, to: 30, want: 0 },
    { name: 'the end of a pause', from: 0, used: 2, effective: null, to: 5, want: 3 },
  ])('makes available what can be granted now and could not before: $name', ({ from, used, effective, to, want }) => {
    const state = aState(from, [aLease('L1', 'a', used)], [], {
      vmState: { ...EMPTY_VM_STATE, effectiveMaxSlots: effective },
    });
    expect(transition(state, { kind: 'set-max', slots: to }, anEnvironment()).outcome).toMatchObject({
      available: want,
    });
  });

  it('counts slots that are set aside as taken', () => {
    const offer = anEntry('T2', 'b', 2, { offeredUntil: later(1000), offeredSlots: 2 });
    const state = aState(3, [aLease('L1', 'a', 3)], [offer]);
    expect(transition(state, { kind: 'set-max', slots: 8 }, anEnvironment()).outcome).toMatchObject({ available: 3 });
  });

  it('to the present value returns the same state object', () => {
    const { state } = transition(busy, { kind: 'settle' }, anEnvironment());
    expect(transition(state, { kind: 'set-max', slots: 5 }, anEnvironment()).state).toBe(state);
  });

  it.each([
    { name: 'unknown stays unknown', from: 20, effective: null, to: 30, want: null },
    { name: 'full capacity stays full when raised', from: 20, effective: 20, to: 30, want: 30 },
    { name: 'full capacity stays full when lowered', from: 20, effective: 20, to: 10, want: 10 },
    { name: 'raising does not restore slots that health took away', from: 20, effective: 12, to: 30, want: 12 },
    { name: 'lowering to a value above the capacity keeps the capacity', from: 20, effective: 12, to: 15, want: 12 },
    { name: 'the capacity is never above the maximum', from: 20, effective: 12, to: 10, want: 10 },
  ])('effective maximum: $name', ({ from, effective, to, want }) => {
    const state = aState(from, [], [], { vmState: { ...EMPTY_VM_STATE, effectiveMaxSlots: effective } });
    const done = transition(state, { kind: 'set-max', slots: to }, anEnvironment());
    expect(done.state.vmState.effectiveMaxSlots).toBe(want);
  });
});
