/**
 * What a workflow's total has become: allocations, pool, reserve. The pool is never counted beside the allocations: it
 * is what they leave, so that nothing can be given twice.
 */
import type { AgentBudget, Amounts, Budgets, Pressure, Usage, WorkflowBudget } from '../model/budget.ts';
import { budgetKey, DIMENSIONS, NO_BUDGETS } from '../model/budget.ts';
import { each, NOTHING, plus, UNLIMITED } from './amounts.ts';

export interface Totals {
  readonly workflow: WorkflowBudget;
  readonly agents: number;
  /** What belongs to agents, those that were released included. */
  readonly allocated: Usage;
  readonly consumed: Usage;
  readonly reserved: Usage;
  /** What may still be given out; null where the total is unlimited. */
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

/** What of its workflow's total belongs to an agent: its allocation, or what it has drawn where it has no limit. */
export const claimOf = ({ allocated, drawn }: AgentBudget): Usage => each((of) => allocated[of] ?? drawn[of]);

export const reservedOf = ({ reservations }: AgentBudget): Usage =>
  reservations.length === 0 ? NOTHING : reservations.reduce((sum, { amounts }) => plus(sum, amounts), NOTHING);

export function workflowNamed({ workflows }: Budgets, name: string): WorkflowBudget {
  const key = budgetKey(name);
  return workflows.find(({ workflow }) => budgetKey(workflow) === key) ?? newWorkflow(name);
}

export function totalsOf(budgets: Budgets, name: string): Totals {
  const workflow = workflowNamed(budgets, name);
  const key = budgetKey(name);
  const allocated = { ...workflow.ended.allocated };
  const consumed = { ...workflow.ended.consumed };
  const reserved = { ...NOTHING };
  let agents = 0;
  for (const agent of budgets.agents) {
    if (agent.workflow !== name && budgetKey(agent.workflow) !== key) continue;
    agents += 1;
    for (const of of DIMENSIONS) {
      allocated[of] += agent.allocated[of] ?? agent.drawn[of];
      consumed[of] += agent.consumed[of];
    }
    for (const { amounts } of agent.reservations) for (const of of DIMENSIONS) reserved[of] += amounts[of];
  }
  const usable = each((of) => {
    const total = workflow.total[of];
    return total === null ? null : total - workflow.reserve[of];
  });
  const pool = each((of) => {
    const most = usable[of];
    return most === null ? null : most - allocated[of];
  });
  return { workflow, agents, allocated, consumed, reserved, pool, usable };
}

/** What this agent may be given: the pool and, for a critical agent once all else is consumed, the reserve. */
export const availableTo = (agent: Pick<AgentBudget, 'priority'>, totals: Totals): Amounts => {
  const isServed = agent.priority === 'critical' && pressureOf(totals) === 'gone';
  return each((of) => {
    const left = totals.pool[of];
    return left === null ? null : Math.max(0, left) + (isServed ? totals.workflow.reserve[of] : 0);
  });
};

/** Most that the agent may use: its allocation, else what it has drawn and what it may still be given. */
export const limitOf = (agent: AgentBudget, totals: Totals): Amounts => {
  const available = availableTo(agent, totals);
  return each((of) => {
    const left = available[of];
    return agent.allocated[of] ?? (left === null ? null : agent.drawn[of] + left);
  });
};

/** Share of what a workflow may use at which everybody is throttled, then degraded. */
const LOW = 0.9;
const SHORT = 0.95;

/** By what was consumed, not by what was given out: budgets that are all allocated are no emergency. */
export function pressureOf({ consumed, usable }: Pick<Totals, 'consumed' | 'usable'>): Pressure {
  let share = 0;
  for (const of of DIMENSIONS) {
    const most = usable[of];
    if (most !== null && (most > 0 || consumed[of] > 0)) share = Math.max(share, most === 0 ? 1 : consumed[of] / most);
  }
  return share >= 1 ? 'gone' : share >= SHORT ? 'short' : share > LOW ? 'low' : 'none';
}

/** Every way in which the budgets are unsound, in words. */
export function budgetViolations(budgets: Budgets): string[] {
  if (budgets === NO_BUDGETS || budgets.agents.length + budgets.workflows.length === 0) return [];
  const found: string[] = [];
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  const seen = new Set<string>();
  const names = new Map<string, string>();
  for (const { workflow, total, reserve } of budgets.workflows) {
    const key = budgetKey(workflow);
    if (names.has(key)) found.push(`workflow ${workflow} stands twice`);
    names.set(key, workflow);
    for (const of of DIMENSIONS) {
      const most = total[of];
      if (most === null ? reserve[of] !== 0 : !isCount(most) || !isCount(reserve[of]) || reserve[of] > most)
        found.push(`workflow ${workflow} keeps back ${reserve[of]} of ${most} (${of})`);
    }
  }
  for (const { agent, workflow, allocated, drawn, consumed } of budgets.agents) {
    const key = budgetKey(agent);
    if (seen.has(key)) found.push(`agent ${agent} has two budgets`);
    seen.add(key);
    if (!names.has(workflow) && !names.has(budgetKey(workflow))) names.set(budgetKey(workflow), workflow);
    for (const of of DIMENSIONS) {
      if (!isCount(allocated[of] ?? 0) || !isCount(drawn[of]) || !isCount(consumed[of]))
        found.push(`agent ${agent} has an amount that is not a whole number from 0 up (${of})`);
    }
  }
  for (const name of names.values()) {
    const { pool } = totalsOf(budgets, name);
    for (const of of DIMENSIONS) {
      const left = pool[of];
      if (left !== null && left < 0) found.push(`workflow ${name} has given out ${-left} more than it has (${of})`);
    }
  }
  return found;
}
