/** Putting an agent's budget into the books: what it claims more comes from the pool, what it claims less goes back. */
import type { AgentBudget, Amounts, Budgets, Dimension, Usage, WorkflowBudget } from '../model/budget.ts';
import { budgetKey, DIMENSIONS } from '../model/budget.ts';
import type { BudgetSettings } from '../settings/budget.ts';
import { each, isNothing, minus, NOTHING } from './amounts.ts';
import { availableTo, claimOf, limitOf, reservedOf, type Totals, totalsOf } from './ledger.ts';
import { levelOf, shareUsed } from './level.ts';

export interface Shortage {
  readonly dimension: Dimension;
  readonly wanted: number;
  readonly left: number;
}

export type Placed = { readonly budgets: Budgets } | { readonly short: Shortage };

export function findAgent({ agents }: Budgets, name: string): AgentBudget | null {
  const exact = agents.find(({ agent }) => agent === name);
  if (exact !== undefined) return exact;
  const key = budgetKey(name);
  return agents.find(({ agent }) => agent.length === name.length && budgetKey(agent) === key) ?? null;
}

export function withWorkflow(budgets: Budgets, next: WorkflowBudget): Budgets {
  const key = budgetKey(next.workflow);
  const at = budgets.workflows.findIndex(({ workflow }) => budgetKey(workflow) === key);
  const workflows = [...budgets.workflows];
  if (at < 0) workflows.push(next);
  else workflows[at] = next;
  return { ...budgets, workflows };
}

export function withAgent(budgets: Budgets, before: AgentBudget | null, after: AgentBudget): Budgets {
  if (before === after) return budgets;
  const at = before === null ? -1 : budgets.agents.indexOf(before);
  const agents = budgets.agents.slice();
  if (at < 0) agents.push(after);
  else agents[at] = after;
  return { ...budgets, agents };
}

/** The books with `after` in the place of `before`; or what there is not enough of. */
export function place(budgets: Budgets, before: AgentBudget | null, after: AgentBudget): Placed {
  const totals = totalsOf(budgets, after.workflow);
  const more = minus(claimOf(after), before === null ? NOTHING : claimOf(before));
  const available = availableTo(after, totals);
  for (const dimension of DIMENSIONS) {
    const left = available[dimension];
    if (left !== null && more[dimension] > 0 && more[dimension] > left)
      return { short: { dimension, wanted: more[dimension], left } };
  }
  return { budgets: withAgent(fromReserve(budgets, totals, more), before, after) };
}

/** What the pool does not hold is taken out of the reserve, which only `availableTo` opens. */
export function fromReserve(budgets: Budgets, { workflow, pool }: Totals, more: Usage): Budgets {
  const taken = each((dimension) => Math.max(0, more[dimension] - (pool[dimension] ?? Number.POSITIVE_INFINITY)));
  return isNothing(taken) ? budgets : withWorkflow(budgets, { ...workflow, reserve: minus(workflow.reserve, taken) });
}

/** Where the agent has no limit of its own, it holds of a limited pool what it has used and set aside. */
export function redrawn(agent: AgentBudget, before: AgentBudget | null, totals: Totals): AgentBudget {
  const available: Amounts = availableTo(agent, totals);
  const reserved = reservedOf(agent);
  const held = before?.drawn ?? NOTHING;
  const drawn = each((dimension) => {
    const left = available[dimension];
    if (agent.allocated[dimension] !== null || left === null) return 0;
    return Math.min(agent.consumed[dimension] + reserved[dimension], held[dimension] + left);
  });
  return { ...agent, drawn };
}

/** With the level of its share; what a person or the agent itself has changed starts from green, without hysteresis. */
export function releveled(
  agent: AgentBudget,
  totals: Totals,
  settings: BudgetSettings,
  isDeliberate: boolean,
): AgentBudget {
  const level = levelOf(
    shareUsed(agent.consumed, limitOf(agent, totals)),
    settings,
    isDeliberate ? 'green' : agent.level,
  );
  return level === agent.level ? agent : { ...agent, level };
}
