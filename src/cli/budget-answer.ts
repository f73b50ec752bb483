import { type Ordered, orderBudget } from '../app/budgets.ts';
import type { BudgetOrder } from '../core/budget/orders.ts';
import type { OpenStore } from '../ports/store.ts';
import type { Invocation } from './invocation.ts';

/** Commits the order, or only plans it, and notes the events of the commit. Throws ExpectedError for a refused order. */
export async function order(
  invocation: Invocation,
  ports: OpenStore,
  wanted: BudgetOrder,
  isDryRun = false,
): Promise<Ordered> {
  const ordered = await orderBudget(await ports.openStore(), wanted, isDryRun);
  invocation.noteBeside(ordered.committed);
  return ordered;
}
