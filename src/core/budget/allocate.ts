/** Orders that set totals and allocate, borrow, return or release budget. Dimensions without an amount stay unchanged. */
import type { Environment } from '../environment.ts';
import type { AgentBudget, Amounts, Budgets, Dimension, Window } from '../model/budget.ts';
import { budgetKey, DEFAULT_WORKFLOW, DIMENSIONS } from '../model/budget.ts';
import type { Instant } from '../model/instants.ts';
import type { State } from '../model/state.ts';
import { each, isNothing, least, lowered, minus, NOTHING, plus, raised, UNLIMITED } from './amounts.ts';
import { book, redrawn, type Shortage } from './booking.ts';
import { findAgent, withAgent, withWorkflow } from './books.ts';
import { type BudgetChange, done, noSuchAgent, type Refused, refusal } from './done.ts';
import { leveled } from './level.ts';
import type { Order, PartialUsage, Renewal } from './orders.ts';
import { shareCap } from './rebalance.ts';
import { splitBy } from './split.ts';
import { availableTo, claimOf, reservedOf, totalsOf, workflowNamed } from './totals.ts';
import { openWindow } from './window.ts';

export const newAgent = (agent: string, workflow: string, now: Instant): AgentBudget => ({
  agent,
  workflow,
  priority: 'normal',
  allocated: UNLIMITED,
  drawn: NOTHING,
  consumed: NOTHING,
  borrowed: NOTHING,
  returned: NOTHING,
  reservations: [],
  settled: [],
  level: 'green',
  throttleRate: null,
  stopped: null,
  reports: 0,
  recent: NOTHING,
  busyMs: null,
  pauseMs: 0,
  allocatedAt: now,
  reportedAt: null,
  reclaimedAt: null,
  progress: null,
  phase: null,
  window: null,
  unknownModels: [],
  extra: {},
});

const dimensionsIn = (amounts: PartialUsage): Dimension[] =>
  DIMENSIONS.filter((dimension) => amounts[dimension] !== undefined);
const opened = (renewal: Renewal | null, now: Instant): Window | null =>
  renewal === null ? null : openWindow(renewal.per, renewal.timeZone, now);

/** Sets a workflow's total, its reserve and its renewal; refuses a total below the allocations plus the reserve. */
export function setTotal(state: State, env: Environment, order: Order<'total'>): BudgetChange | Refused {
  const { budgets } = state;
  const current = workflowNamed(budgets, order.workflow);
  const key = budgetKey(current.workflow);
  const total = each((dimension) => order.amounts[dimension] ?? current.total[dimension]);
  const { reserveShare } = env.settings.budget;
  const reserve = each((dimension) =>
    total[dimension] === null ? 0 : Math.floor((total[dimension] as number) * reserveShare),
  );
  const next = { ...current, total, reserve, window: opened(order.renewal, env.now) ?? current.window };
  // Usage and reservations of agents without an allocation count against the new total.
  const withDraw = (agent: AgentBudget): AgentBudget => {
    if (budgetKey(agent.workflow) !== key) return agent;
    const reserved = reservedOf(agent);
    const drawn = each((dimension) =>
      agent.allocated[dimension] === null && total[dimension] !== null
        ? agent.consumed[dimension] + reserved[dimension]
        : 0,
    );
    return { ...agent, drawn };
  };
  const books = withWorkflow({ ...budgets, agents: budgets.agents.map(withDraw) }, next);
  const { pool, allocated } = totalsOf(books, current.workflow);
  for (const dimension of DIMENSIONS) {
    const left = pool[dimension];
    if (left !== null && left < 0) {
      const given = allocated[dimension];
      const most = total[dimension] as number;
      return refusal({
        code: 'total-too-small',
        workflow: current.workflow,
        dimension,
        given,
        most,
        reserve: reserve[dimension],
      });
    }
  }
  return done(state, env, books, [], current.workflow);
}

/** The order's amounts divided by the weights of its agents, in whole units. */
function parts({ agents, amounts }: Order<'allocate'>): PartialUsage[] {
  const shares = new Map(
    dimensionsIn(amounts).map((dimension) => [
      dimension,
      splitBy(
        amounts[dimension] as number,
        agents.map(({ weight }) => weight),
      ),
    ]),
  );
  return agents.map(
    (_, at) => Object.fromEntries([...shares].map(([dimension, split]) => [dimension, split[at]])) as PartialUsage,
  );
}

/** Sets or raises the allocations of one or more agents, all or none. */
export function allocate(state: State, env: Environment, order: Order<'allocate'>): BudgetChange | Refused {
  let books = state.budgets;
  let workflow = order.workflow ?? DEFAULT_WORKFLOW;
  const split = parts(order);
  for (const [at, { agent: name }] of order.agents.entries()) {
    const before = findAgent(books, name);
    if (before !== null && order.workflow !== null && budgetKey(before.workflow) !== budgetKey(order.workflow))
      return refusal({ code: 'other-workflow', agent: before.agent, workflow: before.workflow });
    const present = before ?? newAgent(name, order.workflow ?? DEFAULT_WORKFLOW, env.now);
    workflow = present.workflow;
    const given = split[at] as PartialUsage;
    const after: AgentBudget = {
      ...present,
      priority: order.priority ?? present.priority,
      allocated: each((dimension) => {
        const amount = given[dimension];
        if (amount === undefined) return present.allocated[dimension];
        return order.isAdding
          ? (present.allocated[dimension] ?? present.consumed[dimension] + reservedOf(present)[dimension]) + amount
          : amount;
      }),
      allocatedAt: env.now,
      window: opened(order.renewal, env.now) ?? present.window,
    };
    const booked = bookAllocation(books, before, after, env, dimensionsIn(given));
    if ('refusal' in booked) return booked;
    books = booked.budgets;
  }
  const names = order.agents.map(({ agent }) => agent);
  return done(state, env, books, names, workflow);
}

/** Books a changed allocation and restores the amounts that the agent lost when another dimension ran out. */
function bookAllocation(
  budgets: Budgets,
  before: AgentBudget | null,
  after: AgentBudget,
  env: Environment,
  changed: readonly Dimension[],
): { readonly budgets: Budgets } | Refused {
  const totals = totalsOf(budgets, after.workflow);
  const spent = plus(after.consumed, reservedOf(after));
  for (const dimension of changed) {
    const allocated = after.allocated[dimension];
    const had = before?.allocated[dimension] ?? null;
    const isLess = allocated !== null && (had === null || allocated < had);
    if (allocated !== null && isLess && allocated < spent[dimension])
      return refusal({
        code: 'less-than-used',
        agent: after.agent,
        dimension,
        used: spent[dimension],
        asked: allocated,
      });
  }
  const fitted = redrawn(after, before, totals);
  const booking = book(budgets, before, fitted);
  if ('short' in booking) return shortageRefusal(booking.short, after, totals.usable);
  const restored = withReturned(booking.budgets, fitted, changed);
  return { budgets: leveled(restored.budgets, restored.agent, env.settings.budget, true) };
}

function shortageRefusal(shortage: Shortage, { agent, workflow }: AgentBudget, usable: Amounts): Refused {
  const most = usable[shortage.dimension];
  const code = most !== null && shortage.wanted > most ? 'more-than-total' : 'pool-short';
  return refusal({ code, agent, workflow, ...shortage });
}

function withReturned(
  budgets: Budgets,
  agent: AgentBudget,
  changed: readonly Dimension[],
): { readonly budgets: Budgets; readonly agent: AgentBudget } {
  if (isNothing(agent.returned)) return { budgets, agent };
  const available = availableTo(agent, totalsOf(budgets, agent.workflow));
  const back = each((dimension) =>
    changed.includes(dimension) || agent.allocated[dimension] === null
      ? 0
      : Math.min(agent.returned[dimension], available[dimension] ?? Number.POSITIVE_INFINITY),
  );
  const after = { ...agent, allocated: raised(agent.allocated, back), returned: NOTHING };
  const booking = book(budgets, agent, after);
  return 'short' in booking ? { budgets, agent } : { budgets: booking.budgets, agent: after };
}

/** Raises an agent's allocation from the pool, up to its share cap. */
export function borrow(
  state: State,
  env: Environment,
  { agent: name, amounts }: Order<'borrow'>,
): BudgetChange | Refused {
  const before = findAgent(state.budgets, name);
  if (before === null) return noSuchAgent(state, name);
  const totals = totalsOf(state.budgets, before.workflow);
  for (const dimension of dimensionsIn(amounts)) {
    const cap = shareCap(before, totals.usable[dimension], totals.agents, env.settings.budget);
    const allocated = before.allocated[dimension];
    if (allocated === null) return refusal({ code: 'has-no-limit', agent: before.agent, dimension });
    if (cap !== null && allocated + (amounts[dimension] as number) > cap)
      return refusal({ code: 'share-limit', agent: before.agent, dimension, most: cap });
  }
  const more = each((dimension) => amounts[dimension] ?? 0);
  const after: AgentBudget = {
    ...before,
    allocated: raised(before.allocated, more),
    borrowed: plus(before.borrowed, more),
  };
  const booked = bookAllocation(state.budgets, before, after, env, dimensionsIn(amounts));
  if ('refusal' in booked) return booked;
  return done(state, env, booked.budgets, [before.agent], before.workflow);
}

/** Returns unused allocation to the pool: the given amounts, or everything that is left. */
export function giveBack(
  state: State,
  env: Environment,
  { agent: name, amounts }: Order<'return'>,
): BudgetChange | Refused {
  const before = findAgent(state.budgets, name);
  if (before === null) return noSuchAgent(state, name);
  const spent = plus(before.consumed, reservedOf(before));
  const left = each((dimension) => Math.max(0, (before.allocated[dimension] ?? 0) - spent[dimension]));
  const back = amounts === null ? left : each((dimension) => amounts[dimension] ?? 0);
  for (const dimension of DIMENSIONS) {
    if (back[dimension] > left[dimension])
      return refusal({
        code: 'more-than-left',
        agent: before.agent,
        dimension,
        left: left[dimension],
        asked: back[dimension],
      });
  }
  const after: AgentBudget = {
    ...before,
    allocated: lowered(before.allocated, back),
    borrowed: minus(before.borrowed, least(before.borrowed, back)),
  };
  const books = leveled(withAgent(state.budgets, before, after), after, env.settings.budget, true);
  return done(state, env, books, [before.agent], before.workflow);
}

/** Removes an agent's budget. Its usage stays in the workflow's sums, the rest goes back to the pool. */
export function releaseBudget(
  state: State,
  env: Environment,
  { agent: name }: Order<'release'>,
): BudgetChange | Refused {
  const agent = findAgent(state.budgets, name);
  if (agent === null) return noSuchAgent(state, name);
  const claim = claimOf(agent);
  const kept = least(claim, agent.consumed);
  const current = workflowNamed(state.budgets, agent.workflow);
  const isLimited = DIMENSIONS.some((dimension) => current.total[dimension] !== null);
  const ended = {
    allocated: plus(
      current.ended.allocated,
      each((dimension) => (current.total[dimension] === null ? 0 : kept[dimension])),
    ),
    consumed: plus(current.ended.consumed, agent.consumed),
  };
  const rest = { ...state.budgets, agents: state.budgets.agents.filter((other) => other !== agent) };
  const isKept =
    isLimited ||
    state.budgets.workflows.includes(current) ||
    rest.agents.some(({ workflow }) => budgetKey(workflow) === budgetKey(agent.workflow));
  const books = isKept ? withWorkflow(rest, { ...current, ended }) : rest;
  const released = { returned: minus(claim, kept), consumed: agent.consumed };
  return done(state, env, books, [agent.agent], agent.workflow, { released });
}
