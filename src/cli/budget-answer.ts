import type { Ordered } from '../app/budgets.ts';
import { orderBudget } from '../app/budgets.ts';
import type { BudgetOrder } from '../core/commands/budget.ts';
import type { Context } from '../ports/context.ts';
import { tellBeside } from './answer.ts';
import type { Typed } from './command.ts';

/** Commits the order, or only plans it, and notes the events of the commit. Throws ExpectedError for a refused order. */
export async function order(typed: Typed, context: Context, wanted: BudgetOrder, isDryRun = false): Promise<Ordered> {
  const ordered = await orderBudget(await context.openStore(), wanted, isDryRun);
  tellBeside(typed, context, ordered.committed.repairs, ordered.committed.events);
  return ordered;
}
