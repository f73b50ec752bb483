/**
 * Division of a workflow's total into allocations, pool and reserve. The pool is computed as the rest that the other two
 * leave and is never stored, so that nothing can be allocated twice.
 */
import type { AgentBudget, Amounts, Budgets, Pressure, Usage, WorkflowBudget } from '../model/budget.ts';
import { budgetKey, DIMENSIONS, NO_BUDGETS } from '../model/budget.ts';
import { each, lowered, NOTHING, plus, UNLIMITED } from './amounts.ts';

export interface Totals {
  readonly workflow: WorkflowBudget;
  readonly agents: number;
  /** Claims of all agents, including released ones. */
  readonly allocated: Usage;
  readonly consumed: Usage;
  readonly reserved: Usage;
  /** Amounts that are free to allocate; null where the total is unlimited. */
  readonly pool: Amounts;
  /** Total without the reserve; null where the total is unlimited. */
  readonly usable: Amounts;
}

export const newWorkflow = (workflow: string): WorkflowBudget => ({
  workflow,
  total: UNLIMITED,
  reserve: NOTHING,
  ended: { allocated: NOTHING, consumed: NOTHING },
  pressure: 'none',
  window: null,
  extra: {},
});

/** The agent's part of its workflow's total: its allocation, or its draw in dimensions without one. */
export const claimOf = ({ allocated, drawn }: AgentBudget): Usage =>
  each((dimension) => allocated[dimension] ?? drawn[dimension]);

export const reservedOf = ({ reservations }: AgentBudget): Usage =>
  reservations.length === 0 ? NOTHING : reservations.reduce((sum, { amounts }) => plus(sum, amounts), NOTHING);

/** The workflow of this name, or a new one without a total. */
export function workflowNamed({ workflows }: Budgets, name: string): WorkflowBudget {
  const key = budgetKey(name);
  return workflows.find(({ workflow }) => budgetKey(workflow) === key) ?? newWorkflow(name);
}

interface Sums {
  readonly agents: number;
  readonly allocated: Usage;
  readonly consumed: Usage;
  readonly reserved: Usage;
}

/** Written field by field: with 10,000 agents, a loop over dimensions takes ten times as long. */
function sumsOf(agents: readonly AgentBudget[], name: string): Sums {
  const key = budgetKey(name);
  const allocated = { ...NOTHING };
  const consumed = { ...NOTHING };
  let reserved = NOTHING;
  let count = 0;
  for (const agent of agents) {
    if (agent.workflow !== name && budgetKey(agent.workflow) !== key) continue;
    const { allocated: own, drawn, consumed: used, reservations } = agent;
    count += 1;
    allocated.tokens += own.tokens ?? drawn.tokens;
    allocated.timeMs += own.timeMs ?? drawn.timeMs;
    allocated.costMicroUsd += own.costMicroUsd ?? drawn.costMicroUsd;
    consumed.tokens += used.tokens;
    consumed.timeMs += used.timeMs;
    consumed.costMicroUsd += used.costMicroUsd;
    for (const { amounts } of reservations) reserved = plus(reserved, amounts);
  }
  return { agents: count, allocated, consumed, reserved };
}

/** One order needs the same sums several times. Lists of agents are immutable, so their sums can be cached. */
const sumsByList = new WeakMap<readonly AgentBudget[], Map<string, Sums>>();

function cachedSums(agents: readonly AgentBudget[], name: string): Sums {
  const sumsByName = sumsByList.get(agents) ?? new Map<string, Sums>();
  sumsByList.set(agents, sumsByName);
  const sums = sumsByName.get(name) ?? sumsOf(agents, name);
  sumsByName.set(name, sums);
  return sums;
}

/** The totals of the workflow of this name; without limits for an unknown one. */
export function totalsOf(budgets: Budgets, name: string): Totals {
  const workflow = workflowNamed(budgets, name);
  const { agents, reserved, ...own } = cachedSums(budgets.agents, name);
  const allocated = plus(workflow.ended.allocated, own.allocated);
  const consumed = plus(workflow.ended.consumed, own.consumed);
  const usable = lowered(workflow.total, workflow.reserve);
  const pool = lowered(usable, allocated);
  return { workflow, agents, allocated, consumed, reserved, pool, usable };
}

/** Amounts that the agent may still claim: the pool and, for a critical agent once all else is consumed, the reserve. */
export const availableTo = (agent: Pick<AgentBudget, 'priority'>, totals: Totals): Amounts => {
  const opensReserve = agent.priority === 'critical' && pressureOf(totals) === 'gone';
  return each((dimension) => {
    const left = totals.pool[dimension];
    return left === null ? null : Math.max(0, left) + (opensReserve ? totals.workflow.reserve[dimension] : 0);
  });
};

/** Most that the agent may use in all: its allocation, or its draw plus the available amounts. */
export const limitOf = (agent: AgentBudget, totals: Totals): Amounts => {
  const available = availableTo(agent, totals);
  return each((dimension) => {
    const left = available[dimension];
    return agent.allocated[dimension] ?? (left === null ? null : agent.drawn[dimension] + left);
  });
};

/** Consumed shares of a workflow's usable total at which all its agents are throttled, then degraded. */
const LOW = 0.9;
const SHORT = 0.95;

/** Pressure by consumption and not by allocation: a total that is all allocated is no emergency. */
export function pressureOf({ consumed, usable }: Pick<Totals, 'consumed' | 'usable'>): Pressure {
  let share = 0;
  for (const dimension of DIMENSIONS) {
    const most = usable[dimension];
    if (most !== null && (most > 0 || consumed[dimension] > 0))
      share = Math.max(share, most === 0 ? 1 : consumed[dimension] / most);
  }
  return share >= 1 ? 'gone' : share >= SHORT ? 'short' : share > LOW ? 'low' : 'none';
}

const isLimit = (value: number | null): boolean => value === null || (Number.isSafeInteger(value) && value >= 0);
const areCounts = ({ tokens, timeMs, costMicroUsd }: Amounts): boolean =>
  isLimit(tokens) && isLimit(timeMs) && isLimit(costMicroUsd);

/** Messages about every violated invariant of the budgets. Agents unchanged since `sound` are not checked again. */
export function budgetViolations(budgets: Budgets, sound: Budgets = NO_BUDGETS): string[] {
  if (budgets === sound || budgets.agents.length + budgets.workflows.length === 0) return [];
  const found: string[] = [];
  const names = new Map<string, string>();
  for (const { workflow, total, reserve } of budgets.workflows) {
    const key = budgetKey(workflow);
    if (names.has(key)) found.push(`workflow ${workflow} is listed twice`);
    names.set(key, workflow);
    for (const dimension of DIMENSIONS) {
      const most = total[dimension];
      if (
        most === null
          ? reserve[dimension] !== 0
          : !isLimit(most) || !isLimit(reserve[dimension]) || reserve[dimension] > most
      )
        found.push(`workflow ${workflow} has a reserve of ${reserve[dimension]} in a total of ${most} (${dimension})`);
    }
  }
  let areSameNames = budgets.agents.length === sound.agents.length;
  for (const [at, budget] of budgets.agents.entries()) {
    const { agent, workflow, allocated, drawn, consumed } = budget;
    if (!names.has(workflow) && !names.has(budgetKey(workflow))) names.set(budgetKey(workflow), workflow);
    const checked = sound.agents[at];
    if (checked === budget) continue;
    areSameNames &&= checked?.agent === agent;
    if (areCounts(allocated) && areCounts(drawn) && areCounts(consumed)) continue;
    found.push(`agent ${agent} has an amount that is not a whole number from 0 up`);
  }
  if (!areSameNames) found.push(...twice(budgets.agents));
  for (const name of names.values()) {
    const { pool } = totalsOf(budgets, name);
    for (const dimension of DIMENSIONS) {
      const left = pool[dimension];
      if (left !== null && left < 0)
        found.push(`workflow ${name} has allocated ${-left} more than its total allows (${dimension})`);
    }
  }
  return found;
}

function twice(agents: readonly AgentBudget[]): string[] {
  const seen = new Set<string>();
  return agents.flatMap(({ agent }) => {
    const key = budgetKey(agent);
    if (seen.has(key)) return [`agent ${agent} has two budgets`];
    seen.add(key);
    return [];
  });
}
