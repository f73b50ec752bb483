/** Booking of an agent's claim: an increase comes from the pool, a decrease goes back to it. */
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

/** Replaces `before` by `after` (null adds an agent), or returns the first dimension that falls short. */
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

/** Takes from the reserve the part of `more` that the pool does not cover. Only `availableTo` allows such an increase. */
export function fromReserve(budgets: Budgets, { workflow, pool }: Totals, more: Usage): Budgets {
  const taken = each((dimension) => Math.max(0, more[dimension] - (pool[dimension] ?? Number.POSITIVE_INFINITY)));
  return isNothing(taken) ? budgets : withWorkflow(budgets, { ...workflow, reserve: minus(workflow.reserve, taken) });
}

/** Updates the draw on a limited pool: usage plus reservations in each dimension without an allocation. */
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
