/** Lookup and replacement of agents and workflows in the budgets. */
import { type AgentBudget, type Budgets, budgetKey, type WorkflowBudget } from '../model/budget.ts';

/** The budget of an agent, whatever the case of its name, or null. */
export function findAgent({ agents }: Budgets, name: string): AgentBudget | null {
  const exact = agents.find(({ agent }) => agent === name);
  if (exact !== undefined) return exact;
  const key = budgetKey(name);
  return agents.find(({ agent }) => agent.length === name.length && budgetKey(agent) === key) ?? null;
}

/** Adds a workflow, or replaces the one of the same name. */
export function withWorkflow(budgets: Budgets, next: WorkflowBudget): Budgets {
  const key = budgetKey(next.workflow);
  const at = budgets.workflows.findIndex(({ workflow }) => budgetKey(workflow) === key);
  const workflows = [...budgets.workflows];
  if (at < 0) workflows.push(next);
  else workflows[at] = next;
  return { ...budgets, workflows };
}

/** Replaces `before` by `after`; null adds an agent. */
export function withAgent(budgets: Budgets, before: AgentBudget | null, after: AgentBudget): Budgets {
  if (before === after) return budgets;
  const at = before === null ? -1 : budgets.agents.indexOf(before);
  const agents = budgets.agents.slice();
  if (at < 0) agents.push(after);
  else agents[at] = after;
  return { ...budgets, agents };
}
