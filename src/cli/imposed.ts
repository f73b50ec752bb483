import { agentStanding } from '../app/budgets.ts';
import type { BudgetOrder } from '../core/commands/budget.ts';
import { EXIT } from '../errors.ts';
import type { Context } from '../ports/context.ts';
import { standingText } from '../render/budget.ts';
import { checkJson } from '../render/json/budget-json.ts';
import { answer } from './answer.ts';
import { order } from './budget-answer.ts';
import type { Typed } from './command.ts';

/** Carries out a throttle, stop or resume of one agent, and answers with its standing. */
export async function imposed(
  typed: Typed,
  context: Context,
  what: Extract<BudgetOrder, { do: 'throttle' | 'stop' | 'resume' }>,
): Promise<number> {
  const { committed } = await order(typed, context, what);
  const found = agentStanding(committed, what.agent);
  answer(typed, context, { json: () => checkJson(found), text: () => standingText(found, context.out.styles) });
  return EXIT.ok;
}
