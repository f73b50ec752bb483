import { describe, expect, it } from 'vitest';
import type { TicketId } from '../../../src/core/model/ids.ts';
import type { Instant } from '../../../src/core/model/instants.ts';
import { settle } from '../../../src/core/settle/settle.ts';
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
} from '../../helpers/state.ts';

const command = { kind: 'settle' } as const;
const at = (ms: number, ...dead: number[]) => anEnvironment({}, later(ms), dead.map(process_));
const MINUTE = 60_000;

const rows: readonly Row[] = [
  {
    name: 'the slots of a dead holder go to a waiting request',
    state: aState(3, [aLease('L1', 'consilio', 3, { holder: process_(7) })], [anEntry('T2', 'odin', 2, attended(8))]),
    command,
    env: at(0, 7),
    wantLeases: ['L2 odin 2 for T2'],
    wantEvents: ['reclaimed L1 holder-gone', 'granted T2'],
  },
  {
    name: 'a reused pid is another process',
    state: aState(3, [aLease('L1', 'consilio', 3, { holder: { ...process_(7), started: 71 } })]),
    command,
    env: at(0, 7),
    wantLeases: ['L1 consilio 3'],
  },
  {
    name: 'the same pid and start in another boot is another process',
    state: aState(3, [aLease('L1', 'consilio', 3, { holder: { ...process_(7), boot: 'c' } })]),
    command,
    env: at(0, 7),
    wantLeases: ['L1 consilio 3'],
  },
  {
    name: 'a lease ends exactly at expiresAt',
    state: aState(3, [aLease('L1', 'a', 1, { expiresAt: later(10) }), aLease('L2', 'b', 1, { expiresAt: later(11) })]),
    command,
    env: at(10),
    wantLeases: ['L2 b 1'],
    wantEvents: ['reclaimed L1 expired'],
  },
  {
    name: 'the request of a dead holder leaves the queue, and later requests move up',
    state: aState(
      3,
      [aLease('L1', 'a', 1)],
      [anEntry('T2', 'b', 3, { holder: process_(7) }), anEntry('T3', 'c', 2, attended(8))],
    ),
    command,
    env: at(0, 7),
    wantLeases: ['L1 a 1', 'L3 c 2 for T3'],
    wantQueue: [],
    wantEvents: ['dropped T2 holder-gone', 'granted T3'],
  },
  {
    name: 'a waiter’s death keeps the place, and those behind are served though the first does not fit',
    state: aState(3, [aLease('L1', 'a', 1)], [anEntry('T2', 'b', 3, attended(8)), anEntry('T3', 'c', 2, attended(9))]),
    command,
    env: at(0, 8),
    wantLeases: ['L1 a 1', 'L3 c 2 for T3'],
    wantQueue: ['T2 b 3 lapsed'],
    wantEvents: ['lapsed T2 waiter-gone', 'granted T3'],
  },
  {
    name: 'the request of a dead waiter has its old place when it is asked again',
    state: aState(
      3,
      [aLease('L1', 'a', 2)],
      [anEntry('T2', 'b', 2, { ...attended(8), holder: process_(7) }), anEntry('T3', 'c', 2, attended(9))],
    ),
    command: aRequest('b', 2, { mode: 'wait', holder: process_(7), waiter: process_(10) }),
    env: at(0, 8),
    wantLeases: ['L1 a 2'],
    wantQueue: ['T2 b 2 attended', 'T3 c 2 attended'],
    wantEvents: ['lapsed T2 waiter-gone'],
  },
  {
    name: 'the request of a dead waiter is dropped when it is not asked again',
    state: aState(1, [aLease('L1', 'a', 1)], [anEntry('T2', 'b', 1, { waiter: process_(8), lapsedAt: NOW })]),
    command,
    env: at(20 * MINUTE, 8),
    wantQueue: [],
    wantEvents: ['dropped T2 never-asked-again'],
  },
  {
    name: 'an offer that is not taken passes to the next request; the first keeps its place',
    state: aState(1, [], [anEntry('T2', 'a', 1, { offeredUntil: later(10), offeredSlots: 1 }), anEntry('T3', 'b', 1)]),
    command,
    env: at(10),
    wantQueue: ['T2 a 1 lapsed', 'T3 b 1 offered 1'],
    wantEvents: ['lapsed T2 not-claimed', 'offered T3'],
  },
  {
    name: 'an offer is open until offeredUntil',
    state: aState(1, [], [anEntry('T2', 'a', 1, { offeredUntil: later(10), offeredSlots: 1 })]),
    command,
    env: at(9),
    wantQueue: ['T2 a 1 offered 1'],
  },
  {
    name: 'a lapsed request is passed over, though it would fit',
    state: aState(1, [], [anEntry('T2', 'a', 1, { lapsedAt: NOW }), anEntry('T3', 'b', 1, attended(8))]),
    command,
    env: at(0),
    wantLeases: ['L3 b 1 for T3'],
    wantQueue: ['T2 a 1 lapsed'],
  },
  {
    name: 'a lapsed request that is not repeated is dropped',
    state: aState(1, [], [anEntry('T2', 'a', 1, { lapsedAt: NOW })]),
    command,
    env: at(20 * MINUTE),
    wantQueue: [],
    wantEvents: ['dropped T2 never-asked-again'],
  },
  {
    name: 'a lapsed request is not dropped earlier',
    state: aState(1, [], [anEntry('T2', 'a', 1, { lapsedAt: NOW })]),
    command,
    env: at(20 * MINUTE - 1),
    wantQueue: ['T2 a 1 lapsed'],
  },
  {
    name: 'with short offers a lapsed request is kept for at least ten minutes',
    state: aState(1, [], [anEntry('T2', 'a', 1, { lapsedAt: NOW })]),
    command,
    env: anEnvironment({ claimWithinMs: 1000 }, later(10 * MINUTE - 1)),
    wantQueue: ['T2 a 1 lapsed'],
  },
  {
    name: 'slots granted to a killed waiter are kept for claim_within',
    state: aState(1, [aLease('L2', 'a', 1, { ticket: 'T2' as TicketId, waiter: process_(8) })]),
    command,
    env: at(2 * MINUTE - 1, 8),
    wantLeases: ['L2 a 1 for T2'],
  },
  {
    name: 'after claim_within the slots of a killed waiter are reclaimed',
    state: aState(1, [aLease('L2', 'a', 1, { ticket: 'T2' as TicketId, waiter: process_(8) })]),
    command,
    env: at(2 * MINUTE, 8),
    wantLeases: [],
    wantEvents: ['reclaimed L2 never-collected'],
  },
  {
    name: 'slots granted to a live waiter are kept, however slow it is',
    state: aState(1, [aLease('L2', 'a', 1, { ticket: 'T2' as TicketId, waiter: process_(8) })]),
    command,
    env: at(60 * MINUTE),
    wantLeases: ['L2 a 1 for T2'],
  },
];

describe('settle', () => {
  it.each(rows)('$name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });

  it.each(rows)('a second time changes nothing: $name', ({ state, env = anEnvironment() }) => {
    const once = transition(state, command, env).state;
    expect(transition(once, command, env).state).toBe(once);
    expect(settle(once, env)).toEqual({ state: once, events: [] });
  });

  it('a clock set back ends no offer, lease or request', () => {
    const state = aState(
      1,
      [aLease('L1', 'a', 1, { expiresAt: later(10) })],
      [anEntry('T2', 'a', 1, { lapsedAt: NOW }), anEntry('T3', 'a', 1, { offeredUntil: later(10), offeredSlots: 1 })],
    );
    expect(settle(state, anEnvironment({}, (NOW - 3_600_000) as Instant)).state).toBe(state);
  });
});
