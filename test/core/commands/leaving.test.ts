/** cancel, withdraw and confirm: the three ways a ticket ends. */
import { describe, expect, it } from 'vitest';
import type { TicketId } from '../../../src/core/model/ids.ts';
import { transition } from '../../../src/core/transition.ts';
import type { Row } from '../../helpers/state.ts';
import {
  aLease,
  anEntry,
  anEnvironment,
  aState,
  attended,
  later,
  leaseLines,
  NOW,
  playRow,
  process_,
} from '../../helpers/state.ts';

const queued = aState(
  2,
  [aLease('L1', 'consilio', 1)],
  [anEntry('T2', 'odin', 2), anEntry('T3', 'atlas', 1, attended(8)), anEntry('T4', 'Odin', 1)],
);
const undelivered = aState(
  3,
  [
    aLease('L2', 'odin', 2, { ticket: 'T2' as TicketId, waiter: process_(8) }),
    aLease('L5', 'odin', 1, { ticket: 'T5' as TicketId, waiter: process_(9) }),
  ],
  [anEntry('T3', 'atlas', 1, attended(10))],
);

const rows: readonly Row[] = [
  {
    name: 'cancelling the head of the queue grants the next request',
    state: queued,
    command: { kind: 'cancel', targets: ['T2'] },
    wantOutcome: 'cancelled T2',
    wantLeases: ['L1 consilio 1', 'L3 atlas 1 for T3'],
    wantQueue: ['T4 Odin 1'],
  },
  {
    name: 'a project’s name cancels all its tickets, in any case',
    state: queued,
    command: { kind: 'cancel', targets: ['ODIN'] },
    wantOutcome: 'cancelled T2 T4',
  },
  {
    name: 'a ticket named twice is cancelled once',
    state: queued,
    command: { kind: 'cancel', targets: ['t4', 'T4'] },
    wantOutcome: 'cancelled T4',
    wantQueue: ['T2 odin 2', 'T3 atlas 1 attended'],
  },
  {
    name: 'a project all of whose requests died just now is known, beside one that is cancelled',
    state: aState(
      2,
      [aLease('L1', 'consilio', 2)],
      [anEntry('T2', 'nova', 1, { holder: process_(7) }), anEntry('T3', 'atlas', 1)],
    ),
    env: anEnvironment({}, undefined, [process_(7)]),
    command: { kind: 'cancel', targets: ['nova', 'T3'] },
    wantOutcome: 'cancelled T3 T2:holder-gone',
    wantQueue: [],
  },
  {
    name: 'requests of one project, of which one died just now',
    state: aState(
      2,
      [aLease('L1', 'consilio', 2)],
      [anEntry('T2', 'nova', 1, { holder: process_(7) }), anEntry('T3', 'nova', 1)],
    ),
    env: anEnvironment({}, undefined, [process_(7)]),
    command: { kind: 'cancel', targets: ['Nova'] },
    wantOutcome: 'cancelled T3 T2:holder-gone',
    wantQueue: [],
  },
  {
    name: 'a ticket that was dropped because it was not asked for again',
    state: aState(2, [aLease('L1', 'consilio', 2)], [anEntry('T2', 'nova', 1, { lapsedAt: NOW })]),
    env: anEnvironment({}, later(3_600_000)),
    command: { kind: 'cancel', targets: ['T2'] },
    wantOutcome: 'cancelled T2:never-asked-again',
    wantQueue: [],
  },
  {
    name: 'a waiter that gives up leaves the queue',
    state: queued,
    command: { kind: 'withdraw', ticket: 'T2' },
    wantQueue: ['T4 Odin 1'],
    wantEvents: ['granted T3'],
  },
  {
    name: 'a waiter that gives up just after the grant returns the slots',
    state: undelivered,
    command: { kind: 'withdraw', ticket: 'T2' },
    wantLeases: ['L5 odin 1 for T5', 'L3 atlas 1 for T3'],
  },
  {
    name: 'confirming makes this lease independent of its waiter',
    state: undelivered,
    command: { kind: 'confirm', ticket: 'T2' },
    wantLeases: ['L2 odin 2', 'L5 odin 1 for T5'],
  },
];

describe('leaving the queue', () => {
  it.each(rows)('$name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });

  it('a confirmed lease outlives its waiter', () => {
    const { state } = transition(undelivered, { kind: 'confirm', ticket: 'T2' }, anEnvironment());
    const late = anEnvironment({ claimWithinMs: 0 }, undefined, [process_(8)]);
    expect(leaseLines(transition(state, { kind: 'settle' }, late).state)).toContain('L2 odin 2');
  });

  it.each([
    ['an unknown ticket', 'T9', { code: 'no-such-ticket', ticket: 'T9', tickets: ['T2', 'T3', 'T4'] }],
    ['a project without queued requests', 'consilio', { code: 'no-such-ticket', ticket: 'consilio' }],
    ['an unknown project', 'odni', { code: 'no-such-project', project: 'odni', known: ['consilio', 'odin', 'atlas'] }],
  ])('cancelling %s is refused, and what was named beside it stays', (_name, target, wantRefusal) => {
    const done = transition(queued, { kind: 'cancel', targets: ['T2', target] }, anEnvironment());
    expect(done.outcome).toMatchObject({ kind: 'refused', refusal: wantRefusal });
    expect(done.state).toBe(queued);
  });

  it.each(['withdraw', 'confirm'] as const)('%s with an unknown ticket changes nothing', (kind) => {
    const { state } = transition(queued, { kind: 'settle' }, anEnvironment());
    const done = transition(state, { kind, ticket: 'T77' }, anEnvironment());
    expect(done.state).toBe(state);
  });
});
