import { agentStanding } from '../app/budgets.ts';
import type { BudgetOrder } from '../core/budget/orders.ts';
import { EXIT } from '../errors.ts';
import type { OpenStore } from '../ports/store.ts';
import { standingText } from '../render/budget.ts';
import { checkJson } from '../render/json/budget-json.ts';
import { order } from './budget-answer.ts';
import type { Invocation } from './invocation.ts';

/** Carries out a throttle, stop or resume of one agent, and answers with its standing. */
export async function imposed(
  invocation: Invocation,
  ports: OpenStore,
  what: Extract<BudgetOrder, { do: 'throttle' | 'stop' | 'resume' }>,
): Promise<number> {
  const { committed } = await order(invocation, ports, what);
  const found = agentStanding(committed, what.agent);
  invocation.answer({ json: () => checkJson(found), text: () => standingText(found, invocation.out.styles) });
  return EXIT.ok;
}
