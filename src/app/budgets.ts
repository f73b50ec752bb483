/** Orders to the budgets, and the standing of agents. */

import { findAgent } from '../core/budget/books.ts';
import type { BudgetOutcome } from '../core/budget/done.ts';
import { agentToOrder } from '../core/budget/enforce.ts';
import type { BudgetOrder } from '../core/budget/orders.ts';
import type { AgentStanding } from '../core/budget/overview.ts';
import { standingIn } from '../core/budget/standing.ts';
import { type AgentBudget, budgetKey } from '../core/model/budget.ts';
import type { State } from '../core/model/state.ts';
import type { Tally } from '../core/report/tally.ts';
import type { Committed, Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import { refusalError } from '../render/refusal.ts';
import { outcomeOf } from './outcome.ts';

export interface Ordered {
  readonly committed: Committed;
  readonly outcome: BudgetOutcome;
}

/** Commits the order, or only plans it. Throws ExpectedError for a refused order, and the store's errors. */
export async function orderBudget(store: Store, order: BudgetOrder, isDryRun = false): Promise<Ordered> {
  const command = { kind: 'budget', order } as const;
  const committed = isDryRun ? await store.plan(command) : await store.transact(command);
  return { committed, outcome: outcomeOf(committed, 'budget', 'budget-outcome-5e0d') };
}

type Looked = Pick<Snapshot, 'state' | 'environment'>;

const withStanding = ({ state, environment }: Looked, agent: AgentBudget): AgentStanding => ({
  agent,
  standing: standingIn(state.budgets, agent, environment.settings.budget),
});

/** The agent's budget; an agent that has only a lease gets one without limits. Throws ExpectedError 66 for an unknown agent. */
export function knownAgent({ state, environment }: Looked, name: string): AgentBudget {
  const agent = agentToOrder(state, environment, name);
  if (agent !== null) return agent;
  throw refusalError({ code: 'no-such-agent', agent: name, known: state.budgets.agents.map((one) => one.agent) });
}

/** The budget of `knownAgent` and its standing. Throws ExpectedError 66 for an unknown agent. */
export const agentStanding = (looked: Looked, name: string): AgentStanding =>
  withStanding(looked, knownAgent(looked, name));

/** The agent's budget and its standing; null without a budget of its own. */
export function budgetStanding(looked: Looked, name: string): AgentStanding | null {
  const agent = findAgent(looked.state.budgets, name);
  return agent === null ? null : withStanding(looked, agent);
}

/** Throws ExpectedError 66 unless the budgets or the history name the workflow. */
export function checkWorkflow(workflow: string, { budgets }: State, tally: Tally): void {
  const all = [...budgets.workflows, ...budgets.agents, ...tally.agents.values()];
  const known = [...new Set(all.map((one) => one.workflow))];
  if (known.some((name) => budgetKey(name) === budgetKey(workflow))) return;
  throw refusalError({ code: 'no-such-workflow', workflow, known });
}
