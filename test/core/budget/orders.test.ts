/** Orders to the budgets: the effect of each, and the laws that hold after any sequence of orders. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAgent } from '../../../src/core/budget/books.ts';
import { levelOf } from '../../../src/core/budget/level.ts';
import type { BudgetOrder } from '../../../src/core/budget/orders.ts';
import { rebalance } from '../../../src/core/budget/rebalance.ts';
import { standingOf } from '../../../src/core/budget/standing.ts';
import { totalsOf } from '../../../src/core/budget/totals.ts';
import { violations } from '../../../src/core/invariants.ts';
import type { AgentBudget } from '../../../src/core/model/budget.ts';
import { DIMENSIONS } from '../../../src/core/model/budget.ts';
import type { Instant } from '../../../src/core/model/instants.ts';
import { processKey } from '../../../src/core/model/process-ref.ts';
import type { State } from '../../../src/core/model/state.ts';
import type { Settings } from '../../../src/core/settings/settings.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import { transition } from '../../../src/core/transition.ts';
import { aLease, anEnvironment, aState, later, NOW, process_ } from '../../helpers/state.ts';

const usage = (tokens: number, costMicroUsd = 0, timeMs = 0) => ({ tokens, timeMs, costMicroUsd });

const total = (tokens: number): BudgetOrder => ({
  do: 'total',
  workflow: 'default',
  amounts: { tokens },
  renewal: null,
});
const allocate = (agent: string, tokens: number, more: object = {}): BudgetOrder => ({
  do: 'allocate',
  agents: [{ agent, weight: 1 }],
  amounts: { tokens },
  workflow: null,
  priority: null,
  renewal: null,
  isAdding: false,
  ...more,
});
const report = (agent: string, tokens: number, more: object = {}): BudgetOrder => ({
  do: 'report',
  agent,
  usage: tokens === 0 ? null : usage(tokens),
  progress: null,
  phase: null,
  id: null,
  reserve: null,
  holder: null,
  ...more,
});

interface World {
  readonly state: State;
  readonly outcomes: readonly string[];
  readonly events: readonly string[];
}

/** Plays the orders one second apart. */
function play(orders: readonly BudgetOrder[], start: State = aState(9), settings: Partial<Settings> = {}): World {
  let state = start;
  const outcomes: string[] = [];
  const events: string[] = [];
  for (const [at, order] of orders.entries()) {
    const env = { ...anEnvironment(settings), now: later(at * 1000) };
    const done = transition(state, { kind: 'budget', order }, env);
    state = done.state;
    expect(violations(state)).toEqual([]);
    const { outcome } = done;
    outcomes.push(outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind);
    for (const event of done.events)
      if ('to' in event) events.push(`${'agent' in event ? event.agent : event.kind} ${event.to}`);
  }
  return { state, outcomes, events };
}

const agentIn = ({ state }: World, name: string): AgentBudget => findAgent(state.budgets, name) as AgentBudget;
const standing = (world: World, name: string) => {
  const agent = agentIn(world, name);
  return standingOf(agent, totalsOf(world.state.budgets, agent.workflow), DEFAULT_SETTINGS.budget);
};

it('reports beyond what the ledger can hold leave it full and sound', () => {
  let state: State = aState(4);
  for (const order of [allocate('a', 100), ...[1, 2, 3].map(() => report('a', Number.MAX_SAFE_INTEGER - 1))])
    state = transition(state, { kind: 'budget', order }, anEnvironment()).state;
  expect(findAgent(state.budgets, 'a')?.consumed.tokens).toBe(Number.MAX_SAFE_INTEGER);
  state = transition(
    state,
    { kind: 'budget', order: report('a', 0, { usage: usage(1, 1e300) }) },
    anEnvironment(),
  ).state;
  expect(findAgent(state.budgets, 'a')?.consumed).toMatchObject({ costMicroUsd: Number.MAX_SAFE_INTEGER });
  expect(violations(state)).toEqual([]);
});

describe('colours and actions', () => {
  it.each([
    [599, 'green', 'continue'],
    [600, 'yellow', 'warn'],
    [750, 'orange', 'throttle'],
    [900, 'red', 'degrade'],
    [1000, 'black', 'stop'],
    [1500, 'black', 'stop'],
  ] as const)('%i of 1000 used', (used, wantLevel, wantAction) => {
    const world = play([total(1_000_000), allocate('a', 1000), report('a', used)]);
    expect(standing(world, 'a')).toMatchObject({ level: wantLevel, action: wantAction, share: used / 1000 });
    expect(agentIn(world, 'a').consumed.tokens).toBe(used);
  });

  it('cause one event per crossing', () => {
    const { events } = play([
      allocate('a', 1000),
      report('a', 650),
      report('a', 10),
      report('a', 100),
      report('a', 300),
    ]);
    expect(events).toEqual(['a yellow', 'a orange', 'a black']);
  });

  it('end only clearly below their threshold, but black ends with the first token left', () => {
    const settings = DEFAULT_SETTINGS.budget;
    expect(levelOf(0.72, settings, 'orange')).toBe('orange');
    expect(levelOf(0.69, settings, 'orange')).toBe('yellow');
    expect(levelOf(0.99, settings, 'black')).toBe('red');
    expect(levelOf(0.2, settings, 'red')).toBe('green');
  });

  it('follow a deliberate allocation at once, without hysteresis', () => {
    const world = play([total(10_000), allocate('a', 1000), report('a', 800), allocate('a', 100, { isAdding: true })]);
    expect(standing(world, 'a').level).toBe('yellow');
  });
});

describe('an order is refused', () => {
  it.each<[string, readonly BudgetOrder[], string]>([
    ['beyond what the pool has now', [total(1000), allocate('a', 800), allocate('b', 200)], 'pool-short'],
    ['beyond the usable total', [total(1000), allocate('a', 901)], 'more-than-total'],
    ['for a total below the allocations', [total(1000), allocate('a', 800), total(800)], 'total-too-small'],
    [
      'for an allocation below the usage',
      [allocate('a', 1000), report('a', 500), allocate('a', 400)],
      'less-than-used',
    ],
    [
      'for a return of more than is left',
      [allocate('a', 100), { do: 'return', agent: 'a', amounts: { tokens: 101 } }],
      'more-than-left',
    ],
    ['for an unknown agent', [report('nobody', 1)], 'no-such-agent'],
    [
      'for a loan beyond the share cap',
      [total(1000), allocate('a', 100), allocate('b', 100), { do: 'borrow', agent: 'a', amounts: { tokens: 400 } }],
      'share-limit',
    ],
  ])('%s', (_name, orders, want) => {
    expect(play(orders).outcomes.at(-1)).toBe(want);
  });
});

it('an id counts once, however often it is reported', () => {
  const twice = play([allocate('a', 1000), report('a', 100, { id: 'k' }), report('a', 100, { id: 'k' })]);
  expect(agentIn(twice, 'a').consumed.tokens).toBe(100);
});

describe('a reservation', () => {
  const reserve = (id: string, tokens: number, more: object = {}) =>
    report('a', 0, { id, reserve: usage(tokens), ...more });

  it('leaves less for later ones, and its report settles it exactly once', () => {
    const held = play([allocate('a', 1000), reserve('r1', 600), reserve('r2', 600)]);
    expect(agentIn(held, 'a').reservations.map(({ id }) => id)).toEqual(['r1']);
    const settled = play([
      allocate('a', 1000),
      reserve('r1', 600),
      report('a', 450, { id: 'r1' }),
      report('a', 450, { id: 'r1' }),
    ]);
    expect(agentIn(settled, 'a')).toMatchObject({ consumed: { tokens: 450 }, reservations: [] });
  });

  it('ends when its holder dies or its time is up', () => {
    const { state } = play([allocate('a', 1000), reserve('r1', 600, { holder: process_(7) })]);
    const dead = new Set([processKey(process_(7))]);
    const after = transition(state, { kind: 'settle' }, { ...anEnvironment(), dead });
    expect(after.state.budgets.agents[0]?.reservations).toEqual([]);
    const late = transition(state, { kind: 'settle' }, { ...anEnvironment(), now: later(11 * 60_000) });
    expect(late.state.budgets.agents[0]?.reservations).toEqual([]);
  });

  it('is refused to a stopped agent, but reports of the agent still count', () => {
    const world = play([
      allocate('a', 1000),
      { do: 'stop', agent: 'a', reason: 'x' },
      reserve('r1', 1),
      report('a', 2000),
    ]);
    expect(agentIn(world, 'a')).toMatchObject({ reservations: [], consumed: { tokens: 2000 } });
  });
});

describe('exhaustion', () => {
  it('of one dimension returns the rest of the others, and a larger allocation restores them', () => {
    const give = { ...allocate('a', 1000), amounts: { tokens: 1000, costMicroUsd: 500 } } as BudgetOrder;
    const totals = { ...total(10_000), amounts: { tokens: 10_000, costMicroUsd: 1000 } } as BudgetOrder;
    const black = play([totals, give, report('a', 1000)]);
    expect(agentIn(black, 'a')).toMatchObject({ level: 'black', allocated: { costMicroUsd: 0 } });
    const again = play([totals, give, report('a', 1000), allocate('a', 2000)]);
    expect(agentIn(again, 'a')).toMatchObject({ level: 'green', allocated: { tokens: 2000, costMicroUsd: 500 } });
  });

  it('of the workflow throttles, degrades, then stops all but critical agents, which get the reserve', () => {
    const orders = [total(1000), allocate('a', 400), allocate('b', 500, { priority: 'critical' }), report('a', 340)];
    const low = play([...orders, report('b', 480)]);
    expect(standing(low, 'a')).toMatchObject({ level: 'orange', action: 'throttle' });
    expect(low.events).toContain('pressure low');
    const gone = play([...orders, report('b', 500), report('a', 60)]);
    expect([standing(gone, 'a').action, gone.events.at(-1)]).toEqual(['stop', 'pressure gone']);
    const more: BudgetOrder = { do: 'borrow', agent: 'b', amounts: { tokens: 60 } };
    const served = play([...orders, report('b', 500), report('a', 60), more]);
    expect(served.outcomes.at(-1)).toBe('budget');
    expect(totalsOf(served.state.budgets, 'default')).toMatchObject({
      workflow: { reserve: { tokens: 40 } },
      pool: { tokens: 0 },
    });
    const other = play([...orders, report('b', 500), report('a', 60), { ...more, agent: 'a' } as BudgetOrder]);
    expect(other.outcomes.at(-1)).not.toBe('budget');
  });

  it('ends the run of a stopped agent if `on_stop` is `kill`', () => {
    const run = {
      containment: 'ledger',
      folder: null,
      mark: 'm',
      numbers: [1],
      root: null,
      memoryBytes: null,
      isRetriable: false,
    };
    const agent = { name: 'auth', pid: null, progress: null, phase: null, progressAt: null, extra: {} };
    const start = aState(9, [aLease('L1', 'odin', 1, { run: run as never, agents: [agent] })]);
    const orders = [allocate('odin/auth', 100), report('odin/auth', 100)];
    const kill = play(orders, start, { budget: { ...DEFAULT_SETTINGS.budget, onStop: 'kill' } });
    expect(kill.state.leases[0]?.ending).toMatchObject({ why: 'budget: nothing is left for odin/auth', by: 'budget' });
    expect(play(orders, start).state.leases[0]?.ending).toBeNull();
  });
});

it('a new window restores returned amounts as far as the pool allows', () => {
  const orders: BudgetOrder[] = [
    allocate('a', 350, { amounts: { tokens: 350, costMicroUsd: 7 }, workflow: 'w' }),
    report('a', 0, { usage: usage(0, 7) }),
    { do: 'total', workflow: 'w', amounts: { tokens: 100 }, renewal: { per: '5h', timeZone: 'UTC' } },
  ];
  const { state } = play(orders);
  const env = { ...anEnvironment(), now: (NOW + 86_400_000) as Instant };
  const renewed = transition(state, { kind: 'settle' }, env).state;
  expect(violations(renewed)).toEqual([]);
  expect(findAgent(renewed.budgets, 'a')).toMatchObject({
    allocated: { tokens: 90, costMicroUsd: 7 },
    consumed: { costMicroUsd: 0 },
    returned: { tokens: 260 },
  });
});

it.each([
  ['of its own', { renewal: { per: '5h', timeZone: 'UTC' } }, []],
  ['of its workflow', {}, [{ do: 'total', workflow: 'w', amounts: {}, renewal: { per: '5h', timeZone: 'UTC' } }]],
] as const)('a new window %s begins without the unknown models of the last one', (_name, own, totals) => {
  const { state } = play([
    allocate('a', 350, { workflow: 'w', ...own }),
    ...(totals as unknown as BudgetOrder[]),
    report('a', 9, { unknownModels: ['saga-9'] }),
    report('a', 1),
  ]);
  const at = (ms: number) => {
    const env = { ...anEnvironment(), now: (NOW + ms) as Instant };
    return findAgent(transition(state, { kind: 'settle' }, env).state.budgets, 'a');
  };
  expect(at(60_000)).toMatchObject({ consumed: { tokens: 10 }, unknownModels: ['saga-9'] });
  expect(at(86_400_000)).toMatchObject({ consumed: { tokens: 0 }, unknownModels: [] });
});

it.each([
  ['of its own', { renewal: { per: 'day', timeZone: 'UTC' } }, []],
  ['of its workflow', {}, [{ do: 'total', workflow: 'w', amounts: {}, renewal: { per: 'day', timeZone: 'UTC' } }]],
] as const)('a window %s follows a clock that is set back, with what is used in it', (_name, own, totals) => {
  const { state } = play([
    allocate('a', 350, { workflow: 'w', ...own }),
    ...(totals as unknown as BudgetOrder[]),
    report('a', 10),
  ]);
  const at = (from: State, ms: number) =>
    transition(from, { kind: 'settle' }, { ...anEnvironment(), now: (NOW + ms) as Instant }).state;
  const back = at(state, -400 * 86_400_000);
  const [agent, workflow] = [findAgent(back.budgets, 'a'), back.budgets.workflows[0]];
  const window = agent?.window ?? workflow?.window;
  expect(agent?.consumed.tokens).toBe(10);
  expect((window?.startedAt ?? 0) <= NOW - 400 * 86_400_000 && NOW - 400 * 86_400_000 < (window?.endsAt ?? 0)).toBe(
    true,
  );
  // It ends at its end, not when the clock is where it was.
  expect(findAgent(at(back, -399 * 86_400_000).budgets, 'a')?.consumed.tokens).toBe(0);
});

it('throttling to half lets an agent spend half as much', () => {
  const WORK_MS = 4_000;
  const spentIn = (isThrottled: boolean): number => {
    let state = aState(9);
    let now = NOW as number;
    const pauseAfter = (order: BudgetOrder): number => {
      const done = transition(state, { kind: 'budget', order }, { ...anEnvironment(), now: now as Instant });
      state = done.state;
      const agent = findAgent(state.budgets, 'a') as AgentBudget;
      return standingOf(agent, totalsOf(state.budgets, 'default'), DEFAULT_SETTINGS.budget).pauseMs;
    };
    pauseAfter(allocate('a', 1_000_000_000));
    if (isThrottled) pauseAfter({ do: 'throttle', agent: 'a', rate: 0.5 });
    while (now < NOW + 3_600_000) {
      now += WORK_MS;
      now += pauseAfter(report('a', 100));
    }
    return findAgent(state.budgets, 'a')?.consumed.tokens ?? 0;
  };
  expect(spentIn(true) / spentIn(false)).toBeCloseTo(0.5, 1);
});

describe('a second pass of rebalancing moves nothing', () => {
  const passes = (orders: readonly BudgetOrder[], idleForMs: number) => {
    const { state } = play(orders);
    const settings = { ...DEFAULT_SETTINGS.budget, idleAfterMs: 60_000 };
    const now = later(orders.length * 1000 + idleForMs);
    const first = rebalance(state.budgets, null, settings, now);
    return [first.moves, rebalance(first.budgets, null, settings, now).moves].map((moves) =>
      moves.map(({ agent, kind, amounts }) => `${agent} ${kind} ${amounts.tokens} tokens, ${amounts.costMicroUsd} µ$`),
    );
  };
  const cost = (agents: readonly string[], costMicroUsd: number): BudgetOrder => ({
    ...(allocate('a', 1) as BudgetOrder & { do: 'allocate' }),
    agents: agents.map((agent, at) => ({ agent, weight: at + 1 })),
    amounts: { costMicroUsd },
  });

  it('when the first returns to the pool what an agent without an allocation of it draws on', () => {
    const both = { ...total(7), amounts: { tokens: 7, costMicroUsd: 7 } } as BudgetOrder;
    const orders = [allocate('a', 7), cost(['odin/c', 'a'], 7), both];
    expect(passes(orders, 86_400_000)).toEqual([['a reclaim 3 tokens, 2 µ$', 'odin/c reclaim 0 tokens, 1 µ$'], []]);
  });

  it('when the first takes from the pool what an agent without an allocation of it draws on', () => {
    const both = { ...total(1000), amounts: { tokens: 1000, costMicroUsd: 10_000 } } as BudgetOrder;
    // b draws its tokens on the pool, and expects to need more than its cost; a takes the pool's tokens.
    const orders = [
      both,
      allocate('a', 200),
      cost(['b'], 100),
      report('b', 0, { usage: usage(400, 20), progress: 10 }),
      report('a', 190),
    ];
    expect(passes(orders, 0)).toEqual([['a demand 250 tokens, 0 µ$'], []]);
  });
});

it('the progress of an agent shows in its lease', () => {
  const start = aState(9, [aLease('L1', 'odin', 2)]);
  const { state } = play([report('odin/auth', 0, { progress: 60, phase: '3/4' })], start);
  // The agent is unknown, so its report is refused. A lease that lists the agent gets the progress.
  expect(state.leases[0]?.agents).toEqual([]);
  const named = aState(9, [
    aLease('L1', 'odin', 2, {
      agents: [{ name: 'auth', pid: null, progress: null, phase: null, progressAt: null, extra: {} }],
    }),
  ]);
  const reported = play([report('Odin/Auth', 0, { progress: 60, phase: '3/4' })], named);
  expect(reported.state.leases[0]?.agents[0]).toMatchObject({ progress: 60, phase: '3/4' });
});

describe('after any orders', () => {
  const agents = ['a', 'b', 'odin/c', 'D'];
  const amount = fc.constantFrom(0, 1, 7, 100, 350, 900);
  const agent = fc.constantFrom(...agents);
  const named = fc
    .record({ tokens: amount, costMicroUsd: amount }, { requiredKeys: [] })
    .filter((amounts) => Object.keys(amounts).length > 0);
  const anOrder: fc.Arbitrary<BudgetOrder> = fc.oneof(
    fc.record({
      do: fc.constant('total' as const),
      workflow: fc.constantFrom('default', 'w'),
      amounts: named,
      renewal: fc.constantFrom(null, { per: '5h', timeZone: 'UTC' }),
    }),
    fc.record({
      do: fc.constant('allocate' as const),
      agents: fc
        .uniqueArray(agent, { minLength: 1, maxLength: 3 })
        .map((names) => names.map((name, at) => ({ agent: name, weight: at + 1 }))),
      amounts: named,
      workflow: fc.constantFrom(null, null, 'w'),
      priority: fc.constantFrom(null, 'critical' as const, 'low' as const),
      renewal: fc.constantFrom(null, null, { per: 'day', timeZone: 'Europe/Vienna' }),
      isAdding: fc.boolean(),
    }),
    fc.record({ do: fc.constant('borrow' as const), agent, amounts: named }),
    fc.record({ do: fc.constant('return' as const), agent, amounts: fc.option(named) }),
    fc.record({ do: fc.constant('release' as const), agent }),
    fc.record({ do: fc.constant('rebalance' as const), workflow: fc.constant(null) }),
    fc.record({ do: fc.constant('stop' as const), agent, reason: fc.constant('x') }),
    fc.record({
      do: fc.constant('report' as const),
      agent,
      usage: fc.option(fc.record({ tokens: amount, timeMs: fc.constant(5), costMicroUsd: amount })),
      progress: fc.constantFrom(null, null, 40),
      phase: fc.constant(null),
      id: fc.constantFrom(null, 'i', 'j'),
      reserve: fc.option(fc.record({ tokens: amount, timeMs: fc.constant(0), costMicroUsd: amount })),
      holder: fc.constantFrom(null, process_(7)),
    }),
  );
  const steps = fc.array(
    fc.record({ order: anOrder, waitMs: fc.constantFrom(0, 1000, 15 * 60_000, 86_400_000), dies: fc.boolean() }),
    { maxLength: 40 },
  );

  it('allocations + pool + reserve = total, and no reservation id occurs twice', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let state = aState(9);
        let now = NOW as number;
        for (const { order, waitMs, dies } of all) {
          now += waitMs;
          const dead = dies ? new Set([processKey(process_(7))]) : new Set<string>();
          const done = transition(state, { kind: 'budget', order }, { ...anEnvironment(), now: now as Instant, dead });
          expect(violations(done.state)).toEqual([]);
          for (const name of ['default', 'w']) {
            const { workflow, allocated, pool } = totalsOf(done.state.budgets, name);
            for (const dimension of DIMENSIONS) {
              const most = workflow.total[dimension];
              if (most !== null)
                expect((pool[dimension] as number) + allocated[dimension] + workflow.reserve[dimension]).toBe(most);
            }
          }
          for (const { reservations } of done.state.budgets.agents) {
            const ids = reservations.map(({ id }) => id);
            expect(new Set(ids).size).toBe(ids.length);
          }
          state = done.state;
        }
      }),
      { numRuns: 400 },
    );
  });

  it('a second pass of rebalancing moves nothing, and no agent both gives and takes in one pass', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let state = aState(9);
        let now = NOW as number;
        for (const { order, waitMs } of all) {
          now += waitMs;
          state = transition(state, { kind: 'budget', order }, { ...anEnvironment(), now: now as Instant }).state;
        }
        const settings = { ...DEFAULT_SETTINGS.budget, idleAfterMs: 60_000 };
        const first = rebalance(state.budgets, null, settings, now as Instant);
        expect(violations({ ...state, budgets: first.budgets })).toEqual([]);
        const moved = first.moves.map((move) => move.agent);
        expect(new Set(moved).size).toBe(moved.length);
        expect(rebalance(first.budgets, null, settings, now as Instant).moves).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
