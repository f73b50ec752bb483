/** Booking an agent's claim: more of it comes from the pool, less of it goes back. */
import type { AgentBudget, Amounts, Budgets, Dimension, Usage } from '../model/budget.ts';
import { DIMENSIONS } from '../model/budget.ts';
import { each, isNothing, minus, NOTHING } from './amounts.ts';
import { withAgent, withWorkflow } from './books.ts';
import { availableTo, claimOf, reservedOf, type Totals, totalsOf } from './totals.ts';

export interface Shortage {
  readonly dimension: Dimension;
  readonly wanted: number;
  readonly left: number;
}

export type Booking = { readonly budgets: Budgets } | { readonly short: Shortage };

/** The books with `after` instead of `before`; or the dimension of which there is not enough. */
export function book(budgets: Budgets, before: AgentBudget | null, after: AgentBudget): Booking {
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
