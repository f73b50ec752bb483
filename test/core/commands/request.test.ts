import { describe, expect, it } from 'vitest';
import type { TicketId } from '../../../src/core/model/ids.ts';
import { transition } from '../../../src/core/transition.ts';
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
  projects,
} from '../../helpers/state.ts';

const limited = anEnvironment({ maxPerProject: 3 });
const me = { holder: process_(3000) };

const granting: readonly Row[] = [
  {
    name: 'all requested slots are free',
    state: aState(20, [aLease('L1', 'consilio', 5)]),
    command: aRequest('odin', 5),
    wantOutcome: 'granted 5',
    wantLeases: ['L1 consilio 5', 'L100 odin 5'],
    wantQueue: [],
    wantEvents: ['granted T100'],
  },
  {
    name: 'the last slot is free',
    state: aState(6, [aLease('L1', 'consilio', 5)]),
    command: aRequest('odin', 1),
    wantOutcome: 'granted 1',
  },
  {
    name: 'fewer slots are free than requested, but at least the minimum',
    state: aState(6, [aLease('L1', 'consilio', 3)]),
    command: aRequest('odin', 5, { minSlots: 2 }),
    wantOutcome: 'granted 3',
    wantLeases: ['L1 consilio 3', 'L100 odin 3'],
  },
  {
    name: 'exactly the minimum is free',
    state: aState(5, [aLease('L1', 'consilio', 3)]),
    command: aRequest('odin', 5, { minSlots: 2 }),
    wantOutcome: 'granted 2',
  },
  {
    name: 'the project limit leaves exactly the minimum',
    state: aState(20, [aLease('L1', 'odin', 1)]),
    command: aRequest('odin', 5, { minSlots: 2 }),
    env: limited,
    wantOutcome: 'granted 2',
  },
  {
    name: 'the project’s own limit overrides the general limit',
    state: aState(20),
    command: aRequest('odin', 5),
    env: anEnvironment({ maxPerProject: 3, projects: projects({ odin: { max: 5 } }) }),
    wantOutcome: 'granted 5',
  },
  {
    name: 'a name in another case is the same project, shown in its first spelling',
    state: aState(20, [aLease('L1', 'Odin', 2)]),
    command: aRequest('ODIN', 1),
    env: limited,
    wantOutcome: 'granted 1',
    wantLeases: ['L1 Odin 2', 'L100 Odin 1'],
  },
  {
    name: 'with --no-queue, when it fits',
    state: aState(20),
    command: aRequest('odin', 5, { mode: 'now' }),
    wantOutcome: 'granted 5',
  },
  {
    name: 'to a waiting process, which gets the answer in the same transition',
    state: aState(20),
    command: aRequest('odin', 5, { mode: 'wait', waiter: process_(9) }),
    wantLeases: ['L100 odin 5'],
  },
];

const waiting: readonly Row[] = [
  {
    name: 'one slot short',
    state: aState(20, [aLease('L1', 'consilio', 16)]),
    command: aRequest('odin', 5),
    wantOutcome: 'queued insufficient-slots',
    wantLeases: ['L1 consilio 16'],
    wantQueue: ['T100 odin 5'],
    wantEvents: [],
  },
  {
    name: 'fewer slots are free than the minimum',
    state: aState(6, [aLease('L1', 'consilio', 5)]),
    command: aRequest('odin', 5, { minSlots: 2 }),
    wantOutcome: 'queued insufficient-slots',
    wantQueue: ['T100 odin 2-5'],
  },
  {
    name: 'it would fit, but an earlier request does not',
    state: aState(6, [aLease('L1', 'consilio', 5)], [anEntry('T2', 'atlas', 3)]),
    command: aRequest('odin', 1),
    wantOutcome: 'queued behind-others',
    wantQueue: ['T2 atlas 3', 'T100 odin 1'],
  },
  {
    name: 'the project is at its limit',
    state: aState(20, [aLease('L1', 'odin', 2)]),
    command: aRequest('odin', 2),
    env: limited,
    wantOutcome: 'queued project-limit',
  },
  {
    name: 'the pool is paused',
    state: aState(0),
    command: aRequest('odin', 2),
    wantOutcome: 'queued paused',
  },
  {
    name: 'two parallel waits of one supervisor get one ticket each',
    state: aState(1, [aLease('L1', 'consilio', 1)], [anEntry('T2', 'odin', 1, { ...me, ...attended(8) })]),
    command: aRequest('odin', 1, { mode: 'wait', waiter: process_(9) }),
    wantQueue: ['T2 odin 1 attended', 'T100 odin 1 attended'],
  },
];

const denying: readonly Row[] = [
  {
    name: 'with --no-queue, when it does not fit',
    state: aState(5, [aLease('L1', 'consilio', 4)]),
    command: aRequest('odin', 2, { mode: 'now' }),
    wantOutcome: 'denied insufficient-slots',
    wantQueue: [],
  },
  {
    name: 'with --no-queue, when other requests come first',
    state: aState(5, [aLease('L1', 'consilio', 4)], [anEntry('T2', 'atlas', 2)]),
    command: aRequest('odin', 1, { mode: 'now' }),
    wantOutcome: 'denied behind-others',
    wantQueue: ['T2 atlas 2'],
  },
  {
    name: 'more slots than the machine has',
    state: aState(20),
    command: aRequest('odin', 21),
    wantOutcome: 'denied exceeds-maximum',
    wantQueue: [],
  },
  {
    name: 'more slots than the project limit',
    state: aState(20),
    command: aRequest('odin', 4),
    env: limited,
    wantOutcome: 'denied project-limit',
    wantQueue: [],
  },
];

const askingAgain: readonly Row[] = [
  {
    name: 'keeps its place',
    state: aState(5, [aLease('L1', 'consilio', 5)], [anEntry('T2', 'odin', 2, me), anEntry('T3', 'atlas', 1)]),
    command: aRequest('odin', 2),
    wantOutcome: 'queued insufficient-slots',
    wantQueue: ['T2 odin 2', 'T3 atlas 1'],
  },
  {
    name: 'in another case keeps its place',
    state: aState(5, [aLease('L1', 'consilio', 5)], [anEntry('T2', 'odin', 2, me)]),
    command: aRequest('Odin', 2),
    wantQueue: ['T2 odin 2'],
  },
  {
    name: 'for another number of slots is a new request',
    state: aState(5, [aLease('L1', 'consilio', 5)], [anEntry('T2', 'odin', 2, me)]),
    command: aRequest('odin', 3),
    wantQueue: ['T2 odin 2', 'T100 odin 3'],
  },
  {
    name: 'by another holder is a new request',
    state: aState(5, [aLease('L1', 'consilio', 5)], [anEntry('T2', 'odin', 2)]),
    command: aRequest('odin', 2),
    wantQueue: ['T2 odin 2', 'T100 odin 2'],
  },
  {
    name: 'with a smaller minimum applies the new minimum',
    state: aState(5, [aLease('L1', 'consilio', 3)], [anEntry('T2', 'odin', 4, me)]),
    command: aRequest('odin', 4, { minSlots: 1 }),
    wantOutcome: 'granted 2',
    wantQueue: [],
  },
  {
    name: 'with --wait takes over the unattended place',
    state: aState(5, [aLease('L1', 'consilio', 5)], [anEntry('T2', 'odin', 2, me)]),
    command: aRequest('odin', 2, { mode: 'wait', waiter: process_(9) }),
    wantQueue: ['T2 odin 2 attended'],
  },
  {
    name: 'after the waiter’s death takes over its place',
    state: aState(5, [aLease('L1', 'consilio', 5)], [anEntry('T2', 'odin', 2, { ...me, ...attended(8) })]),
    command: aRequest('odin', 2, { mode: 'wait', waiter: process_(9) }),
    env: anEnvironment({}, NOW, [process_(8)]),
    wantQueue: ['T2 odin 2 attended'],
  },
  {
    name: 'without --wait is answered from a place with a live waiter',
    state: aState(5, [aLease('L1', 'consilio', 5)], [anEntry('T2', 'odin', 2, { ...me, ...attended(8) })]),
    command: aRequest('odin', 2),
    wantOutcome: 'queued insufficient-slots',
    wantQueue: ['T2 odin 2 attended'],
  },
  {
    name: 'with --no-queue leaves the place unchanged',
    state: aState(5, [aLease('L1', 'consilio', 5)], [anEntry('T2', 'odin', 2, me)]),
    command: aRequest('odin', 2, { mode: 'now' }),
    wantOutcome: 'denied insufficient-slots',
    wantQueue: ['T2 odin 2'],
  },
  {
    name: 'after a lapsed offer keeps its place ahead of later requests',
    state: aState(
      5,
      [aLease('L1', 'consilio', 4)],
      [anEntry('T2', 'odin', 2, { ...me, lapsedAt: NOW }), anEntry('T3', 'atlas', 2)],
    ),
    command: aRequest('odin', 2),
    wantOutcome: 'queued insufficient-slots',
    wantQueue: ['T2 odin 2', 'T3 atlas 2'],
  },
];

const uncollected = aLease('L2', 'odin', 2, { ...me, ticket: 'T2' as TicketId, waiter: process_(8) });
const handingOver: readonly Row[] = [
  {
    name: 'to the next request after the waiter was killed',
    state: aState(2, [uncollected]),
    command: aRequest('odin', 2),
    env: anEnvironment({}, NOW, [process_(8)]),
    wantOutcome: 'granted 2',
    wantLeases: ['L2 odin 2'],
  },
  {
    name: 'not while the waiter lives',
    state: aState(2, [uncollected]),
    command: aRequest('odin', 2),
    wantOutcome: 'queued insufficient-slots',
    wantLeases: ['L2 odin 2 for T2'],
  },
  {
    name: 'not to another holder',
    state: aState(2, [uncollected]),
    command: aRequest('odin', 2, { holder: process_(4) }),
    env: anEnvironment({}, NOW, [process_(8)]),
    wantOutcome: 'queued insufficient-slots',
  },
  {
    name: 'not when it has fewer slots than the minimum',
    state: aState(2, [uncollected]),
    command: aRequest('odin', 3, { minSlots: 3, mode: 'now' }),
    env: anEnvironment({ maxPerProject: 9 }, NOW, [process_(8)]),
    wantOutcome: 'denied exceeds-maximum',
    wantLeases: ['L2 odin 2 for T2'],
  },
  {
    name: 'not when it has more slots than requested',
    state: aState(2, [uncollected]),
    command: aRequest('odin', 1),
    env: anEnvironment({}, NOW, [process_(8)]),
    wantOutcome: 'queued insufficient-slots',
  },
];

describe('request', () => {
  it.each(granting)('grants: $name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });
  it.each(waiting)('queues: $name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });
  it.each(denying)('denies: $name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });
  it.each(askingAgain)('asking again $name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });
  it.each(handingOver)('hands an uncollected lease over $name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });

  it('asking again without a change returns the same state object', () => {
    const first = transition(aState(1, [aLease('L1', 'a', 1)]), aRequest('odin', 1), anEnvironment());
    const again = transition(first.state, aRequest('odin', 1), anEnvironment({}, later(1000)));
    expect(again.state).toBe(first.state);
  });

  it.each([
    ['with a holder, as long as that process', process_(7), null, null],
    ['with a holder and a ttl, until the ttl is over', process_(7), 60_000, later(60_000)],
    ['detached, for the configured time', null, null, later(4 * 3_600_000)],
    ['detached with a ttl, until the ttl is over', null, 60_000, later(60_000)],
  ])('a lease lasts: %s', (_name, holder, ttlMs, wantExpiresAt) => {
    const { state } = transition(aState(5), aRequest('odin', 1, { holder, ttlMs, agents: ['auth'] }), anEnvironment());
    expect(state.leases[0]).toMatchObject({ acquiredAt: NOW, expiresAt: wantExpiresAt, holder });
    expect(state.leases[0]?.agents.map((agent) => agent.name)).toEqual(['auth']);
  });

  it('a hand-written file may have a ticket and a lease with the same number', () => {
    const state = aState(2, [aLease('L7', 'atlas', 1)], [anEntry('T7', 'odin', 1, attended(8))]);
    const { got } = playRow({ name: '', state, command: { kind: 'settle' }, wantOutcome: 'settled' });
    expect(got).toMatchObject({ sound: [] });
  });

  it('a request without --wait does not take the slots of the process that waits on the same place', () => {
    const state = aState(
      1,
      [aLease('L1', 'odin', 1, { holder: process_(66) })],
      [anEntry('T2', 'odin', 1, { holder: process_(3000), ...attended(8) })],
    );
    const { got, want } = playRow({
      name: '',
      state,
      command: aRequest('odin', 1),
      env: anEnvironment({}, NOW, [process_(66)]),
      wantOutcome: 'queued insufficient-slots',
      wantLeases: ['L2 odin 1 for T2'],
      wantQueue: ['T100 odin 1'],
    });
    expect(got).toEqual(want);
  });
});
