import { describe, expect, it } from 'vitest';
import type { LeaseId } from '../../../src/core/model/ids.ts';
import type { Agent, Lease } from '../../../src/core/model/lease.ts';
import { usedSlots } from '../../../src/core/model/state.ts';
import { transition } from '../../../src/core/transition.ts';
import type { Row } from '../../helpers/state.ts';
import {
  aLease,
  anEntry,
  anEnvironment,
  aRequest,
  aState,
  attended,
  NOW,
  playRow,
  process_,
} from '../../helpers/state.ts';

const L = (id: string): LeaseId => id as LeaseId;
const under = (parent: string, within: number, more: Partial<Lease> = {}) => ({ parent: L(parent), within, ...more });
const anAgent = (name: string): Agent => ({
  name,
  pid: null,
  progress: null,
  phase: null,
  progressAt: null,
  extra: {},
});
const releaseLease = (project: string, lease: string) =>
  ({ kind: 'release', project, slots: null, lease, all: false, caller: null }) as const;

const rows: readonly Row[] = [
  {
    name: 'a request from inside a lease takes that lease’s free slots first',
    state: aState(5, [aLease('L1', 'odin', 5)]),
    command: aRequest('odin', 3, { parent: L('L1') }),
    wantOutcome: 'granted 3',
    wantLeases: ['L1 odin 5', 'L100 odin 0 +3 in L1'],
  },
  {
    name: 'a request from inside a lease takes the rest from the pool',
    state: aState(6, [aLease('L1', 'odin', 2)]),
    command: aRequest('odin', 5, { parent: L('L1') }),
    wantLeases: ['L1 odin 2', 'L100 odin 3 +2 in L1'],
  },
  {
    name: 'slots that a sibling uses are not free',
    state: aState(6, [aLease('L1', 'odin', 3), aLease('L2', 'odin', 0, under('L1', 2))]),
    command: aRequest('odin', 2, { parent: L('L1') }),
    wantLeases: ['L1 odin 3', 'L2 odin 0 +2 in L1', 'L100 odin 1 +1 in L1'],
  },
  {
    name: 'the slot of a named agent is not free',
    state: aState(6, [aLease('L1', 'odin', 3, { agents: [anAgent('a'), anAgent('b')] })]),
    command: aRequest('odin', 3, { parent: L('L1') }),
    wantLeases: ['L1 odin 3', 'L100 odin 2 +1 in L1'],
  },
  {
    name: 'a grandchild uses all slots of the child, nested ones included',
    state: aState(3, [aLease('L1', 'odin', 3), aLease('L2', 'odin', 0, under('L1', 3))]),
    command: aRequest('odin', 2, { parent: L('L2') }),
    wantLeases: ['L1 odin 3', 'L2 odin 0 +3 in L1', 'L100 odin 0 +2 in L2'],
  },
  {
    name: 'pause, project limit and queue do not hold up a nested request',
    state: aState(0, [aLease('L1', 'odin', 3)], [anEntry('T2', 'atlas', 1)]),
    command: aRequest('odin', 3, { parent: L('L1') }),
    env: anEnvironment({ maxPerProject: 3 }),
    wantOutcome: 'granted 3',
  },
  {
    name: 'the project limit counts only slots from the pool',
    state: aState(9, [aLease('L1', 'atlas', 3)]),
    command: aRequest('odin', 5, { parent: L('L1') }),
    env: anEnvironment({ maxPerProject: 2 }),
    wantLeases: ['L1 atlas 3', 'L100 odin 2 +3 in L1'],
  },
  {
    name: 'an unknown parent is ignored',
    state: aState(5),
    command: aRequest('odin', 2, { parent: L('L77') }),
    wantLeases: ['L100 odin 2'],
  },
  {
    name: 'a nested request is served before a wide request that waits for the same slots',
    state: aState(5, [aLease('L1', 'odin', 3)], [anEntry('T2', 'atlas', 5)]),
    command: aRequest('odin', 5, { parent: L('L1') }),
    wantOutcome: 'granted 5',
    wantQueue: ['T2 atlas 5'],
  },
  {
    name: 'when the parent is released its children continue on pool slots',
    state: aState(5, [aLease('L1', 'odin', 4), aLease('L2', 'odin', 1, under('L1', 3))]),
    command: releaseLease('odin', 'L1'),
    wantLeases: ['L2 odin 4'],
  },
  {
    name: 'when the middle lease is released the grandchild takes over its nested slots',
    state: aState(5, [
      aLease('L1', 'odin', 2),
      aLease('L2', 'odin', 2, under('L1', 2)),
      aLease('L3', 'odin', 0, under('L2', 3)),
    ]),
    command: releaseLease('odin', 'L2'),
    wantLeases: ['L1 odin 2', 'L3 odin 1 +2 in L1'],
  },
  {
    name: 'two grandchildren share the nested slots of the middle lease, the older first',
    state: aState(5, [
      aLease('L1', 'odin', 2),
      aLease('L2', 'odin', 2, under('L1', 2)),
      aLease('L3', 'odin', 0, under('L2', 1)),
      aLease('L4', 'odin', 0, under('L2', 2)),
    ]),
    command: releaseLease('odin', 'L2'),
    wantLeases: ['L1 odin 2', 'L3 odin 0 +1 in L1', 'L4 odin 1 +1 in L1'],
  },
  {
    name: 'when all holders of a family die at once no lease stays',
    state: aState(5, [
      aLease('L1', 'odin', 4, { holder: process_(7) }),
      aLease('L2', 'odin', 0, under('L1', 3, { holder: process_(7) })),
      aLease('L3', 'odin', 1, under('L2', 3, { holder: process_(7) })),
    ]),
    command: { kind: 'settle' },
    env: anEnvironment({}, NOW, [process_(7)]),
    wantLeases: [],
  },
  {
    name: 'a partial release of the middle lease returns pool slots first',
    state: aState(9, [aLease('L1', 'odin', 3), aLease('L2', 'odin', 2, under('L1', 3))]),
    command: { kind: 'release', project: 'odin', slots: 3, lease: 'L2', all: false, caller: null },
    wantLeases: ['L1 odin 3', 'L2 odin 0 +2 in L1'],
  },
];

describe('leases inside leases', () => {
  it.each(rows)('$name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });

  it.each(['L1', 'L2', 'L3'])('releasing %s does not increase the pool slots in use', (id) => {
    const state = aState(9, [
      aLease('L1', 'odin', 3),
      aLease('L2', 'odin', 2, under('L1', 3)),
      aLease('L3', 'odin', 1, under('L2', 4)),
    ]);
    expect(usedSlots(transition(state, releaseLease('odin', id), anEnvironment()).state)).toBeLessThanOrEqual(6);
  });

  it('an offer inside a lease that has ended is not taken from slots in use', () => {
    const leases = [aLease('L1', 'odin', 3), aLease('L2', 'odin', 0, under('L1', 3))];
    const waiting = anEntry('T3', 'odin', 3, { parent: L('L2'), holder: process_(9) });
    const offered = transition(aState(3, leases, [waiting]), { kind: 'settle' }, anEnvironment()).state;
    expect(offered.queue[0]?.offeredSlots).toBe(3);
    const ended = transition(offered, releaseLease('odin', 'L2'), anEnvironment()).state;
    const again = aRequest('odin', 3, { parent: L('L2'), holder: process_(9) });
    expect(usedSlots(transition(ended, again, anEnvironment()).state)).toBeLessThanOrEqual(3);
  });

  it('a queued request whose parent has ended loses its precedence', () => {
    const orphan = anEntry('T3', 'odin', 1, { parent: L('L77'), ...attended(8) });
    const state = aState(4, [aLease('L1', 'consilio', 2)], [anEntry('T2', 'atlas', 3), orphan]);
    const { got, want } = playRow({
      name: '',
      state,
      command: { kind: 'settle' },
      wantQueue: ['T2 atlas 3', 'T3 odin 1 attended'],
    });
    expect(got).toEqual(want);
  });

  it('asking again from inside a lease that has ended keeps the place without precedence', () => {
    const state = aState(4, [aLease('L1', 'consilio', 2)], [anEntry('T2', 'atlas', 3)]);
    const ask = aRequest('odin', 1, { parent: L('L77') });
    const first = transition(state, ask, anEnvironment());
    const { got, want } = playRow({
      name: '',
      state: first.state,
      command: ask,
      wantOutcome: 'queued behind-others',
      wantQueue: ['T2 atlas 3', 'T100 odin 1'],
    });
    expect(got).toEqual(want);
  });
});
