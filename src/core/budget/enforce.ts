/** Orders that throttle, stop or resume an agent, and the order to rebalance budgets. */
import type { Environment } from '../environment.ts';
import { type AgentBudget, DEFAULT_WORKFLOW } from '../model/budget.ts';
import type { State } from '../model/state.ts';
import { newAgent } from './allocate.ts';
import { findAgent, withAgent } from './books.ts';
import { type BudgetChange, done, noSuchAgent, type Refused, refusal } from './done.ts';
import { leasesOfAgent } from './lease-agents.ts';
import type { Order } from './orders.ts';
import { rebalance } from './rebalance.ts';

/** The agent's budget; a new unlimited one if only a lease names the agent; null for an unknown name. */
export function agentToOrder(state: State, env: Environment, name: string): AgentBudget | null {
  const present = findAgent(state.budgets, name);
  if (present !== null) return present;
  return leasesOfAgent(state.leases, name).length > 0 ? newAgent(name, DEFAULT_WORKFLOW, env.now) : null;
}

function change(state: State, env: Environment, name: string, changes: Partial<AgentBudget>): BudgetChange | Refused {
  const agent = agentToOrder(state, env, name);
  if (agent === null) return noSuchAgent(state, name);
  const books = withAgent(state.budgets, findAgent(state.budgets, name), { ...agent, ...changes });
  return done(state, env, books, [agent.agent], agent.workflow);
}

export const throttle = (state: State, env: Environment, { agent, rate }: Order<'throttle'>): BudgetChange | Refused =>
  change(state, env, agent, { throttleRate: rate === 1 ? null : rate });

export function stop(state: State, env: Environment, { agent, reason }: Order<'stop'>): BudgetChange | Refused {
  const stopped = change(state, env, agent, { stopped: { reason, at: env.now } });
  if ('refusal' in stopped) return stopped;
  const { agents, workflow } = stopped.outcome;
  const stops = agents.map((name) => ({ kind: 'budget-stopped' as const, agent: name, workflow, reason }));
  return { ...stopped, events: [...stops, ...stopped.events] };
}

export const resume = (state: State, env: Environment, { agent }: Order<'resume'>): BudgetChange | Refused =>
  change(state, env, agent, { stopped: null, throttleRate: null });

export function moveBudgets(state: State, env: Environment, { workflow }: Order<'rebalance'>): BudgetChange | Refused {
  const { budgets } = state;
  const known = [...new Set([...budgets.workflows, ...budgets.agents].map((entry) => entry.workflow))];
  if (workflow !== null && !known.some((name) => name.toLowerCase() === workflow.toLowerCase()))
    return refusal({ code: 'no-such-workflow', workflow, known });
  const plan = rebalance(budgets, workflow, env.settings.budget, env.now);
  const names = [...new Set(plan.moves.map(({ agent }) => agent))];
  return done(state, env, plan.budgets, names, workflow ?? '', { moves: plan.moves });
}
