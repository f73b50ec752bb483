import type { BudgetOrder } from '../core/commands/budget.ts';
import { EXIT, InternalError } from '../errors.ts';
import type { Context } from '../ports/context.ts';
import { checkJson, standingText } from '../render/budget.ts';
import { answer } from './answer.ts';
import { order, seen } from './budget-answer.ts';
import type { Typed } from './command.ts';

/** Carries out what is imposed on one agent, and answers with where it then stands. */
export async function imposed(
  typed: Typed,
  context: Context,
  what: Extract<BudgetOrder, { do: 'throttle' | 'stop' | 'resume' }>,
): Promise<number> {
  const { committed } = await order(typed, context, what);
  const found = seen(committed.state, committed.environment, what.agent);
  if (found === null) throw new InternalError('imposed-lost-71be', `the budget of ${what.agent} is lost`);
  answer(
    typed,
    context,
    () => checkJson(found.agent, found.standing),
    () => standingText(found.agent, found.standing, context.out.styles),
  );
  return EXIT.ok;
}
