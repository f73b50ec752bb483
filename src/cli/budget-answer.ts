/** Carrying an order to the budgets out, and answering with where the agents then stand. */

import { findAgent } from '../core/budget/books.ts';
import type { BudgetOutcome } from '../core/budget/done.ts';
import type { Standing } from '../core/budget/standing.ts';
import { standingIn } from '../core/budget/standing.ts';
import type { BudgetOrder } from '../core/commands/budget.ts';
import type { Environment } from '../core/environment.ts';
import type { AgentBudget } from '../core/model/budget.ts';
import type { State } from '../core/model/state.ts';
import { InternalError } from '../errors.ts';
import type { Committed, Context } from '../ports/context.ts';
import { refusalError } from '../render/refusal.ts';
import { tellBeside } from './answer.ts';
import type { Typed } from './command.ts';

export interface Ordered {
  readonly committed: Committed;
  readonly outcome: BudgetOutcome;
}

/** Commits the order, or only plans it. Throws ExpectedError for one that was refused. */
export async function order(typed: Typed, context: Context, what: BudgetOrder, isDryRun = false): Promise<Ordered> {
  const store = await context.openStore();
  const command = { kind: 'budget', order: what } as const;
  const committed = isDryRun ? await store.plan(command) : await store.transact(command);
  const { outcome } = committed;
  if (outcome.kind === 'refused') throw refusalError(outcome.refusal);
  if (outcome.kind !== 'budget') throw new InternalError('budget-outcome-5e0d', `an order ended as ${outcome.kind}`);
  tellBeside(typed, context, committed.repairs, committed.events);
  return { committed, outcome };
}

export interface Seen {
  readonly agent: AgentBudget;
  readonly standing: Standing;
}

/** Where the agent stands; null when it has no budget. */
export function seen(state: State, { settings }: Pick<Environment, 'settings'>, name: string): Seen | null {
  const agent = findAgent(state.budgets, name);
  if (agent === null) return null;
  return { agent, standing: standingIn(state.budgets, agent, settings.budget) };
}
