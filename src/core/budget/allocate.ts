/** Giving budget out and taking it back. Who gives an amount for one dimension says nothing about the others. */
import type { Environment } from '../environment.ts';
import type { AgentBudget, Amounts, Budgets, Dimension, Window } from '../model/budget.ts';
import { budgetKey, DEFAULT_WORKFLOW, DIMENSIONS } from '../model/budget.ts';
import type { Instant } from '../model/instants.ts';
import type { State } from '../model/state.ts';
import { each, isNothing, least, lowered, minus, NOTHING, plus, raised, UNLIMITED } from './amounts.ts';
import { book, redrawn, type Shortage } from './booking.ts';
import { findAgent, withAgent, withWorkflow } from './books.ts';
import type { BudgetChange, Refused } from './done.ts';
import { done, noSuchAgent, refusal } from './done.ts';
import { leveled } from './level.ts';
import type { AllocateOrder, BorrowOrder, Named, ReleaseOrder, Renewal, ReturnOrder, TotalOrder } from './orders.ts';
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
  extra: {},
});

const dimensionsIn = (named: Named): Dimension[] => DIMENSIONS.filter((dimension) => named[dimension] !== undefined);
const opened = (renewal: Renewal | null, now: Instant): Window | null =>
  renewal === null ? null : openWindow(renewal.per, renewal.timeZone, now);

export function setTotal(state: State, env: Environment, order: TotalOrder): BudgetChange | Refused {
  const { budgets } = state;
  const known = workflowNamed(budgets, order.workflow);
  const key = budgetKey(known.workflow);
  const total = each((dimension) => order.amounts[dimension] ?? known.total[dimension]);
  const { reserveShare } = env.settings.budget;
  const reserve = each((dimension) =>
    total[dimension] === null ? 0 : Math.floor((total[dimension] as number) * reserveShare),
  );
  const next = { ...known, total, reserve, window: opened(order.renewal, env.now) ?? known.window };
  // Agents without a limit of their own hold what they have used; from now on it counts.
  const holding = (agent: AgentBudget): AgentBudget => {
    if (budgetKey(agent.workflow) !== key) return agent;
    const reserved = reservedOf(agent);
    const drawn = each((dimension) =>
      agent.allocated[dimension] === null && total[dimension] !== null
        ? agent.consumed[dimension] + reserved[dimension]
        : 0,
    );
    return { ...agent, drawn };
  };
  const books = withWorkflow({ ...budgets, agents: budgets.agents.map(holding) }, next);
  const { pool, allocated } = totalsOf(books, known.workflow);
  for (const dimension of DIMENSIONS) {
    const left = pool[dimension];
    if (left !== null && left < 0) {
      const given = allocated[dimension];
      const most = total[dimension] as number;
      return refusal({
        code: 'total-too-small',
        workflow: known.workflow,
        dimension,
        given,
        most,
        reserve: reserve[dimension],
      });
    }
  }
  return done(state, env, books, [], known.workflow);
}

/** Amounts for each agent, whole and adding up to what was given. */
function parts({ agents, amounts }: AllocateOrder): Named[] {
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
    (_, at) => Object.fromEntries([...shares].map(([dimension, split]) => [dimension, split[at]])) as Named,
  );
}

export function allocate(state: State, env: Environment, order: AllocateOrder): BudgetChange | Refused {
  let books = state.budgets;
  let workflow = order.workflow ?? DEFAULT_WORKFLOW;
  const split = parts(order);
  for (const [at, { agent: name }] of order.agents.entries()) {
    const before = findAgent(books, name);
    if (before !== null && order.workflow !== null && budgetKey(before.workflow) !== budgetKey(order.workflow))
      return refusal({ code: 'other-workflow', agent: before.agent, workflow: before.workflow });
    const present = before ?? newAgent(name, order.workflow ?? DEFAULT_WORKFLOW, env.now);
    workflow = present.workflow;
    const given = split[at] as Named;
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
    const taken = take(books, before, after, env, dimensionsIn(given));
    if ('refusal' in taken) return taken;
    books = taken.budgets;
  }
  const names = order.agents.map(({ agent }) => agent);
  return done(state, env, books, names, workflow);
}

/** Puts a grown or shrunk allocation in; what was taken from the agent when another dimension ran out comes back. */
function take(
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
  if ('short' in booking) return tooShort(booking.short, after, totals.usable);
  const restored = withReturned(booking.budgets, fitted, changed);
  return { budgets: leveled(restored.budgets, restored.agent, env.settings.budget, true) };
}

function tooShort({ dimension, wanted, left }: Shortage, { agent, workflow }: AgentBudget, usable: Amounts): Refused {
  const most = usable[dimension];
  const isNever = most !== null && wanted > most;
  return refusal({ code: isNever ? 'more-than-total' : 'pool-short', agent, workflow, dimension, wanted, left });
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
  const after = {
    ...agent,
    allocated: raised(agent.allocated, back),
    returned: NOTHING,
  };
  const booking = book(budgets, agent, after);
  return 'short' in booking ? { budgets, agent } : { budgets: booking.budgets, agent: after };
}

export function borrow(state: State, env: Environment, { agent: name, amounts }: BorrowOrder): BudgetChange | Refused {
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
  const taken = take(state.budgets, before, after, env, dimensionsIn(amounts));
  if ('refusal' in taken) return taken;
  return done(state, env, taken.budgets, [before.agent], before.workflow);
}

export function giveBack(
  state: State,
  env: Environment,
  { agent: name, amounts }: ReturnOrder,
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

export function releaseBudget(state: State, env: Environment, { agent: name }: ReleaseOrder): BudgetChange | Refused {
  const agent = findAgent(state.budgets, name);
  if (agent === null) return noSuchAgent(state, name);
  const claim = claimOf(agent);
  const kept = least(claim, agent.consumed);
  const known = workflowNamed(state.budgets, agent.workflow);
  const isLimited = DIMENSIONS.some((dimension) => known.total[dimension] !== null);
  const ended = {
    allocated: plus(
      known.ended.allocated,
      each((dimension) => (known.total[dimension] === null ? 0 : kept[dimension])),
    ),
    consumed: plus(known.ended.consumed, agent.consumed),
  };
  const rest = { ...state.budgets, agents: state.budgets.agents.filter((other) => other !== agent) };
  const isKnown =
    isLimited ||
    state.budgets.workflows.includes(known) ||
    rest.agents.some(({ workflow }) => budgetKey(workflow) === budgetKey(agent.workflow));
  const books = isKnown ? withWorkflow(rest, { ...known, ended }) : rest;
  const released = { returned: minus(claim, kept), consumed: agent.consumed };
  return done(state, env, books, [agent.agent], agent.workflow, { released });
}
