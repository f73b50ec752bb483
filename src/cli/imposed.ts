import { agentStanding } from '../app/budgets.ts';
import type { BudgetOrder } from '../core/commands/budget.ts';
import { EXIT } from '../errors.ts';
import type { Context } from '../ports/context.ts';
import { checkJson, standingText } from '../render/budget.ts';
import { answer } from './answer.ts';
import { order } from './budget-answer.ts';
import type { Typed } from './command.ts';

/** Carries out what is imposed on one agent, and answers with where it then stands. */
export async function imposed(
  typed: Typed,
  context: Context,
  what: Extract<BudgetOrder, { do: 'throttle' | 'stop' | 'resume' }>,
): Promise<number> {
  const { committed } = await order(typed, context, what);
  const { agent, standing } = agentStanding(committed, what.agent);
  answer(
    typed,
    context,
    () => checkJson(agent, standing),
    () => standingText(agent, standing, context.out.styles),
  );
  return EXIT.ok;
}
