import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/core/environment.ts';
import type { State } from '../../../src/core/model/state.ts';
import { planCycle } from '../../../src/core/schedule/cycle.ts';
import type { Settings } from '../../../src/core/settings/settings.ts';
import { transition } from '../../../src/core/transition.ts';
import {
  aLease,
  anEntry,
  anEnvironment,
  aRequest,
  aState,
  attended,
  byProject,
  later,
  NOW,
  outcomeLine,
  process_,
  projects,
} from '../../helpers/state.ts';

const MINUTE = 60_000;
const grantLines = (state: State, env: Environment): string[] =>
  planCycle(state, env).grants.map(({ entry, slots }) => `${entry.ticket} ${slots}`);
const pendingLines = (state: State, env: Environment): string[] =>
  planCycle(state, env).pending.map(({ entry, reason }) => `${entry.ticket} ${reason}`);

interface PlanRow {
  readonly name: string;
  readonly state: State;
  readonly settings?: Partial<Settings>;
  readonly afterMs?: number;
  readonly wantGrants: readonly string[];
  readonly wantPending?: readonly string[];
}
const checkPlan = ({ state, settings, afterMs = 0, wantGrants, wantPending }: PlanRow): void => {
  const env = anEnvironment(settings, later(afterMs));
  expect(grantLines(state, env)).toEqual(wantGrants);
  if (wantPending) expect(pendingLines(state, env)).toEqual(wantPending);
};

const wideFirst = [anEntry('T1', 'a', 4), anEntry('T2', 'b', 1)];
const oneTaken = [aLease('L9', 'x', 1)];

const fifo: readonly PlanRow[] = [
  {
    name: 'in order of arrival',
    state: aState(3, [], [anEntry('T1', 'a', 1), anEntry('T2', 'b', 2)]),
    wantGrants: ['T1 1', 'T2 2'],
  },
  {
    name: 'no request overtakes the first one that does not fit',
    state: aState(4, oneTaken, wideFirst),
    wantGrants: [],
    wantPending: ['T1 insufficient-slots', 'T2 behind-others'],
  },
  {
    name: 'a request at its project limit holds up no other project',
    state: aState(9, oneTaken, wideFirst),
    settings: { maxPerProject: 3 },
    wantGrants: ['T2 1'],
    wantPending: ['T1 project-limit'],
  },
  {
    name: 'later requests of a project at its limit hold up no other project',
    state: aState(9, [aLease('L9', 'a', 2)], [anEntry('T1', 'a', 2), anEntry('T2', 'a', 1), anEntry('T3', 'b', 1)]),
    settings: { maxPerProject: 3 },
    wantGrants: ['T3 1'],
  },
  {
    name: 'a request above the maximum holds up no other request',
    state: aState(3, [], wideFirst),
    wantGrants: ['T2 1'],
    wantPending: ['T1 exceeds-maximum'],
  },
];

const priority: readonly PlanRow[] = [
  {
    name: 'the project with the higher priority goes first',
    state: aState(1, [], [anEntry('T1', 'low', 1), anEntry('T2', 'high', 1)]),
    settings: { projectPriorities: byProject({ Low: 2, HIGH: 9 }) },
    wantGrants: ['T2 1'],
  },
  {
    name: 'a project without a priority has 5',
    state: aState(2, [], [anEntry('T1', 'four', 1), anEntry('T2', 'plain', 1), anEntry('T3', 'six', 1)]),
    settings: { projectPriorities: byProject({ four: 4, six: 6 }) },
    wantGrants: ['T3 1', 'T2 1'],
  },
  {
    name: 'the request’s own priority overrides the project’s',
    state: aState(1, [], [anEntry('T1', 'high', 1), anEntry('T2', 'low', 1, { priority: 10 })]),
    settings: { projectPriorities: byProject({ low: 2, high: 9 }) },
    wantGrants: ['T2 1'],
  },
  {
    name: 'equal priorities go by arrival',
    state: aState(1, [], [anEntry('T1', 'b', 1), anEntry('T2', 'a', 1)]),
    wantGrants: ['T1 1'],
  },
  {
    name: 'waiting raises the priority by one per ten minutes',
    state: aState(
      1,
      [],
      [anEntry('T1', 'a', 1, { priority: 5 }), anEntry('T2', 'b', 1, { priority: 6, queuedAt: later(10 * MINUTE) })],
    ),
    afterMs: 10 * MINUTE,
    wantGrants: ['T1 1'],
  },
  {
    name: 'waiting raises the priority no earlier than that',
    state: aState(
      1,
      [],
      [anEntry('T1', 'a', 1, { priority: 5 }), anEntry('T2', 'b', 1, { priority: 6, queuedAt: later(10 * MINUTE) })],
    ),
    afterMs: 10 * MINUTE - 1,
    wantGrants: ['T2 1'],
  },
  {
    name: 'waiting never raises above the highest priority, where arrival decides',
    state: aState(
      1,
      [],
      [anEntry('T1', 'a', 1, { priority: 10, queuedAt: later(1) }), anEntry('T2', 'b', 1, { priority: 1 })],
    ),
    afterMs: 1000 * MINUTE,
    wantGrants: ['T1 1'],
  },
  {
    name: 'a small request goes before one of higher rank that does not fit',
    state: aState(4, oneTaken, wideFirst),
    wantGrants: ['T2 1'],
    wantPending: ['T1 insufficient-slots'],
  },
  {
    name: 'a small request no longer goes first after drain_after',
    state: aState(4, oneTaken, wideFirst),
    afterMs: 10 * MINUTE,
    wantGrants: [],
    wantPending: ['T1 insufficient-slots', 'T2 behind-others'],
  },
  {
    name: 'a project at its limit holds up no other project, however long it waits',
    state: aState(9, oneTaken, wideFirst),
    settings: { maxPerProject: 3 },
    afterMs: 10 * MINUTE,
    wantGrants: ['T2 1'],
  },
];

const fairShare: readonly PlanRow[] = [
  {
    name: '24 requested of 20, by 10, 8 and 6: 8, 7 and 5',
    state: aState(
      20,
      [],
      [10, 8, 6].map((n, at) => anEntry(`T${at}`, `p${at}`, n, { minSlots: 1 })),
    ),
    wantGrants: ['T2 5', 'T1 7', 'T0 8'],
  },
  {
    name: 'slots that a project holds count towards its share',
    state: aState(
      10,
      [aLease('L1', 'a', 5)],
      [anEntry('T1', 'a', 5, { minSlots: 1 }), anEntry('T2', 'b', 10, { minSlots: 1 })],
    ),
    wantGrants: ['T2 5'],
  },
  {
    name: 'a project with a higher weight gets more',
    state: aState(9, [], [anEntry('T1', 'a', 9, { minSlots: 1 }), anEntry('T2', 'b', 9, { minSlots: 1 })]),
    settings: { projects: projects({ b: { weight: 2 } }) },
    wantGrants: ['T2 6', 'T1 3'],
  },
  {
    name: 'if all requests fit, all are granted in full',
    state: aState(24, [], [anEntry('T1', 'a', 10), anEntry('T2', 'b', 8), anEntry('T3', 'c', 6)]),
    wantGrants: ['T3 6', 'T2 8', 'T1 10'],
  },
  {
    name: 'the project with the fewest slots goes first',
    state: aState(4, [aLease('L1', 'a', 3)], [anEntry('T1', 'a', 1), anEntry('T2', 'b', 1)]),
    wantGrants: ['T2 1'],
  },
  {
    name: 'a share below the minimum grants nothing',
    state: aState(4, [], [anEntry('T1', 'a', 4), anEntry('T2', 'b', 4, { minSlots: 2 })]),
    wantGrants: ['T2 2'],
    wantPending: ['T1 insufficient-slots'],
  },
  {
    name: 'no slot stays free because all shares are too small',
    state: aState(4, [], [anEntry('T1', 'a', 4), anEntry('T2', 'b', 4)]),
    wantGrants: ['T1 4'],
  },
  {
    name: 'requests of one project go by arrival',
    state: aState(2, [], [anEntry('T1', 'a', 1), anEntry('T2', 'a', 1), anEntry('T3', 'a', 1)]),
    wantGrants: ['T1 1', 'T2 1'],
  },
];

const guaranteed: readonly PlanRow[] = [
  {
    name: 'within its guarantee a project comes before a borrower',
    state: aState(2, [], [anEntry('T1', 'a', 2), anEntry('T2', 'b', 2)]),
    settings: { projects: projects({ B: { guaranteed: 2 } }) },
    wantGrants: ['T2 2'],
  },
  {
    name: 'beyond its guarantee a project is a borrower like any other',
    state: aState(4, [aLease('L1', 'b', 2)], [anEntry('T1', 'a', 2), anEntry('T2', 'b', 2)]),
    settings: { projects: projects({ b: { guaranteed: 2 } }) },
    wantGrants: ['T1 2'],
  },
  {
    name: 'requests of a project count together towards its guarantee',
    state: aState(2, [], [anEntry('T1', 'a', 1), anEntry('T2', 'b', 1), anEntry('T3', 'b', 1)]),
    settings: { projects: projects({ b: { guaranteed: 1 } }) },
    wantGrants: ['T2 1', 'T1 1'],
  },
  {
    name: 'under fair-share the guarantee is part of the project’s share',
    state: aState(10, [], [anEntry('T1', 'a', 20, { minSlots: 1 }), anEntry('T2', 'b', 4, { minSlots: 1 })]),
    settings: { strategy: 'fair-share', projects: projects({ b: { guaranteed: 4 } }) },
    wantGrants: ['T2 4', 'T1 6'],
  },
];

describe('fifo', () => {
  it.each(fifo)('$name', checkPlan);
});
describe('priority', () => {
  it.each(priority)('$name', (row) => checkPlan({ ...row, settings: { ...row.settings, strategy: 'priority' } }));
});
describe('fair-share', () => {
  it.each(fairShare)('$name', (row) => checkPlan({ ...row, settings: { ...row.settings, strategy: 'fair-share' } }));

  // A requests the whole pool, B one slot again and again: freed slots must be kept for A after some time.
  it('a request that waited for drain_after is not overtaken because of shares', () => {
    const state = aState(2, [], [anEntry('T1', 'a', 2), anEntry('T2', 'b', 1, { queuedAt: later(10 * MINUTE) })]);
    checkPlan({ name: '', state, settings: { strategy: 'fair-share' }, afterMs: 10 * MINUTE, wantGrants: ['T1 2'] });
  });
  it('a request that waited for drain_after is not overtaken while it does not fit', () => {
    const state = aState(
      3,
      [aLease('L1', 'c', 1)],
      [anEntry('T1', 'a', 3), anEntry('T2', 'b', 1, { queuedAt: later(10 * MINUTE) })],
    );
    checkPlan({ name: '', state, settings: { strategy: 'fair-share' }, afterMs: 10 * MINUTE, wantGrants: [] });
  });
});
describe('guarantees', () => {
  it.each(guaranteed)('$name', checkPlan);
});

describe('start_spacing', () => {
  const settings = { startSpacingMs: 10_000 };
  const two = [anEntry('T1', 'a', 1, attended(8)), anEntry('T2', 'b', 1, attended(9))];
  const lastGrant = { lastGrantAt: NOW };

  it.each([
    { name: 'one grant at a time', state: aState(9, [], two), afterMs: 0, wantGrants: ['T1 1'] },
    {
      name: 'no grant before the spacing is over',
      state: aState(9, [], two, lastGrant),
      afterMs: 9_999,
      wantGrants: [],
    },
    {
      name: 'the next grant after the spacing',
      state: aState(9, [], two, lastGrant),
      afterMs: 10_000,
      wantGrants: ['T1 1'],
    },
    {
      name: 'no grant if another request was granted while this one waited for the lock',
      state: aState(9, [], two, { lastGrantAt: later(50) }),
      afterMs: 0,
      wantGrants: [],
    },
    {
      name: 'a clock set back by an hour does not stop grants for an hour',
      state: aState(9, [], two, { lastGrantAt: later(3_600_000) }),
      afterMs: 0,
      wantGrants: ['T1 1'],
    },
  ])('$name', (row) => checkPlan({ ...row, settings }));

  it('is the reason given to a request that waits for it', () => {
    const first = transition(aState(9), aRequest('a', 1), anEnvironment(settings));
    const second = transition(first.state, aRequest('b', 1), anEnvironment(settings, later(1)));
    expect([first, second].map(({ outcome }) => outcomeLine(outcome))).toEqual(['granted 1', 'queued start-spacing']);
  });

  it('applies to offers: a second one is not made or not taken before the spacing is over', () => {
    const env = anEnvironment(settings);
    const mine = { holder: process_(3000) };
    let state = aState(9, [], [anEntry('T1', 'a', 1, mine), anEntry('T2', 'b', 1, mine)]);
    for (let n = 0; n < 2; n += 1) state = transition(state, { kind: 'settle' }, env).state;
    const first = transition(state, aRequest('a', 1), env);
    const second = transition(first.state, aRequest('b', 1), env);
    expect([first, second].map(({ outcome }) => outcomeLine(outcome))).toEqual(['granted 1', 'queued start-spacing']);
  });
});

it('the rest is ordered again after a partial grant, so that settling twice changes nothing', () => {
  const queue = [
    anEntry('T1', 'hera', 4),
    anEntry('T2', 'odin', 2, { minSlots: 1 }),
    anEntry('T3', 'odin', 4, { minSlots: 1 }),
  ];
  const env = anEnvironment({ strategy: 'fair-share', drainAfterMs: 0, projects: projects({ odin: { weight: 2 } }) });
  const strained = aState(4, [], queue);
  const vmState = { ...strained.vmState, effectiveMaxSlots: 2 };
  const settled = transition({ ...strained, vmState }, { kind: 'settle' }, env).state;
  expect(settled.queue.map(({ ticket, offeredSlots }) => `${ticket} ${offeredSlots}`)).toEqual([
    'T1 0',
    'T2 1',
    'T3 1',
  ]);
  expect(transition(settled, { kind: 'settle' }, env).state).toBe(settled);
});
