/** Budget commands: each verb is a pure change of the budgets, or a refusal that changes nothing. */

import { allocate, borrow, giveBack, releaseBudget, setTotal } from '../budget/allocate.ts';
import type { BudgetChange, Refused } from '../budget/done.ts';
import { moveBudgets, resume, stop, throttle } from '../budget/enforce.ts';
import type { BudgetOrder } from '../budget/orders.ts';
import { reportUsage } from '../budget/report.ts';
import type { Environment } from '../environment.ts';
import type { State } from '../model/state.ts';

export interface BudgetCommand {
  readonly kind: 'budget';
  readonly order: BudgetOrder;
}

export function orderBudget(state: State, env: Environment, { order }: BudgetCommand): BudgetChange | Refused {
  switch (order.do) {
    case 'total':
      return setTotal(state, env, order);
    case 'allocate':
      return allocate(state, env, order);
    case 'borrow':
      return borrow(state, env, order);
    case 'return':
      return giveBack(state, env, order);
    case 'release':
      return releaseBudget(state, env, order);
    case 'report':
      return reportUsage(state, env, order);
    case 'throttle':
      return throttle(state, env, order);
    case 'stop':
      return stop(state, env, order);
    case 'resume':
      return resume(state, env, order);
    case 'rebalance':
      return moveBudgets(state, env, order);
  }
}
