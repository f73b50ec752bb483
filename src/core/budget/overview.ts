import { type AgentBudget, type Budgets, budgetKey } from '../model/budget.ts';
import type { BudgetSettings } from '../settings/budget.ts';
import { type Standing, standingOf } from './standing.ts';
import { type Totals, totalsOf } from './totals.ts';

export interface AgentStanding {
  readonly agent: AgentBudget;
  readonly standing: Standing;
}

export interface GlobalView {
  readonly workflows: readonly Totals[];
  readonly agents: readonly AgentStanding[];
}

/** One workflow, or all of them. */
export function globalView(budgets: Budgets, settings: BudgetSettings, only: string | null): GlobalView {
  const names = new Map<string, string>();
  for (const { workflow } of [...budgets.workflows, ...budgets.agents]) {
    const key = budgetKey(workflow);
    if (!names.has(key) && (only === null || key === budgetKey(only))) names.set(key, workflow);
  }
  const totals = new Map([...names].map(([key, name]) => [key, totalsOf(budgets, name)]));
  const agents = budgets.agents.flatMap((agent) => {
    const own = totals.get(budgetKey(agent.workflow));
    return own === undefined ? [] : [{ agent, standing: standingOf(agent, own, settings) }];
  });
  return { workflows: [...totals.values()], agents };
}
