import { describe, expect, it } from 'vitest';
import type { LeaseId } from '../../../src/core/model/ids.ts';
import { plusMs } from '../../../src/core/model/instants.ts';
import type { VmState } from '../../../src/core/model/state.ts';
import { EMPTY_VM_STATE, usedSlots } from '../../../src/core/model/state.ts';
import type { Row } from '../../helpers/state.ts';
import {
  aLease,
  anEntry,
  anEnvironment,
  aRequest,
  aState,
  attended,
  later,
  NOW,
  playRow,
  process_,
} from '../../helpers/state.ts';

const me = { holder: process_(3000) };
const open = (slots: number) => ({ ...me, offeredUntil: later(60_000), offeredSlots: slots });
const critical: VmState = { ...EMPTY_VM_STATE, health: 'critical', sampledAt: NOW };

const rows: readonly Row[] = [
  {
    name: 'freed slots are offered to the head of the queue if no process waits',
    state: aState(3, [aLease('L1', 'consilio', 3)], [anEntry('T2', 'odin', 2), anEntry('T3', 'atlas', 2)]),
    command: { kind: 'release', project: 'consilio', slots: null, lease: null, all: true, caller: null },
    wantLeases: [],
    wantQueue: ['T2 odin 2 offered 2', 'T3 atlas 2'],
    wantEvents: ['offered T2'],
  },
  {
    name: 'freed slots are granted at once to a waiting process, and the lease keeps its ticket',
    state: aState(3, [aLease('L1', 'consilio', 3)], [anEntry('T2', 'odin', 2, attended(8))]),
    command: { kind: 'release', project: 'consilio', slots: null, lease: null, all: true, caller: null },
    wantLeases: ['L2 odin 2 for T2'],
    wantQueue: [],
    wantEvents: ['granted T2'],
  },
  {
    name: 'asking again takes the offer',
    state: aState(2, [], [anEntry('T2', 'odin', 2, open(2))]),
    command: aRequest('odin', 2),
    wantOutcome: 'granted 2',
    wantLeases: ['L2 odin 2'],
    wantQueue: [],
  },
  {
    name: 'asking again with --no-queue takes the offer',
    state: aState(2, [], [anEntry('T2', 'odin', 2, open(2))]),
    command: aRequest('odin', 2, { mode: 'now' }),
    wantOutcome: 'granted 2',
  },
  {
    name: 'an offer of fewer slots is taken as offered',
    state: aState(4, [aLease('L1', 'consilio', 2)], [anEntry('T2', 'odin', 4, { ...open(2), minSlots: 1 })]),
    command: aRequest('odin', 4, { minSlots: 1 }),
    wantOutcome: 'granted 2',
  },
  {
    name: 'offered slots are not granted to another project',
    state: aState(2, [], [anEntry('T2', 'odin', 2, open(2))]),
    command: aRequest('atlas', 1),
    wantOutcome: 'queued insufficient-slots',
  },
  {
    name: 'offered slots count towards the project limit',
    state: aState(9, [], [anEntry('T2', 'odin', 2, open(2))]),
    command: aRequest('odin', 3, { holder: process_(4) }),
    env: anEnvironment({ maxPerProject: 3 }),
    wantOutcome: 'queued project-limit',
  },
  {
    name: 'the next request of the project takes the offer, by any holder',
    state: aState(2, [], [anEntry('T2', 'odin', 2, open(2))]),
    command: aRequest('ODIN', 2, { holder: process_(4) }),
    wantOutcome: 'granted 2',
    wantQueue: [],
  },
  {
    name: 'a request for fewer slots takes only those',
    state: aState(2, [], [anEntry('T2', 'odin', 2, open(2))]),
    command: aRequest('odin', 1, { holder: process_(4) }),
    wantOutcome: 'granted 1',
    wantQueue: [],
  },
  {
    name: 'a cancelled offer passes to the next',
    state: aState(2, [], [anEntry('T2', 'odin', 2, open(2)), anEntry('T3', 'atlas', 2)]),
    command: { kind: 'cancel', targets: ['T2'] },
    wantQueue: ['T3 atlas 2 offered 2'],
  },
];

describe('offers', () => {
  it.each(rows)('$name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });

  it('stay open for claim_within', () => {
    const env = anEnvironment({ claimWithinMs: 5_000 });
    const { state } = playRow({
      name: '',
      state: aState(2, [], [anEntry('T2', 'odin', 2)]),
      command: { kind: 'settle' },
      env,
    });
    expect(state.queue[0]?.offeredUntil).toBe(plusMs(NOW, 5_000));
  });

  // The state may change between offer and claim, so a claim passes the checks of any grant.
  it.each([
    ['the pool was made smaller', aState(1, [], [anEntry('T2', 'odin', 2, open(2))]), {}],
    ['the pool was paused', aState(0, [], [anEntry('T2', 'odin', 2, open(2))]), {}],
    [
      'the machine shrank the pool',
      aState(2, [], [anEntry('T2', 'odin', 2, open(2))], { vmState: { ...EMPTY_VM_STATE, effectiveMaxSlots: 1 } }),
      {},
    ],
    ['the machine became critical', aState(2, [], [anEntry('T2', 'odin', 2, open(2))], { vmState: critical }), {}],
    [
      'the request now needs more slots than offered',
      aState(4, [], [anEntry('T2', 'odin', 4, open(2)), anEntry('T3', 'x', 2, { ...open(2), holder: process_(5) })]),
      {},
    ],
    [
      'the request no longer names its parent lease',
      aState(3, [aLease('L1', 'odin', 3)], [anEntry('T2', 'odin', 3, { ...open(3), parent: 'L1' as LeaseId })]),
      {},
    ],
  ])('an offer is not granted beyond the limits: %s', (_name, state, more) => {
    const slots = state.queue[0]?.slots ?? 0;
    const { got, state: next } = playRow({ name: '', state, command: aRequest('odin', slots, more), wantOutcome: '' });
    expect(got).not.toMatchObject({ outcome: expect.stringMatching(/^granted/) });
    expect(usedSlots(next)).toBe(usedSlots(state));
  });
});
