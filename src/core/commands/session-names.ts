/**
 * Budgets of sessions and of the agents inside them. Budgets from earlier versions have names that several sessions may
 * share; such a budget belongs to the first of them alone.
 */
import { findAgent } from '../budget/books.ts';
import { type AgentBudget, budgetKey } from '../model/budget.ts';
import { projectKey } from '../model/ids.ts';
import type { Session } from '../model/session.ts';
import type { State } from '../model/state.ts';
import { formerWorkOf, workOf } from '../usage/attribution.ts';

type Known = Pick<Session, 'id' | 'project' | 'agent'>;

/** True if no known session of the project comes before this one by its id and had the same former name. */
function isFirst({ sessions }: State, { id, project }: Known, former: string): boolean {
  return !sessions.some(
    (other) =>
      other.id < id &&
      projectKey(other.project) === projectKey(project) &&
      budgetKey(formerWorkOf(other.id, null)) === budgetKey(former),
  );
}

/** True if no agent of another session in the project has a lease and had the same former name. */
function isAlone({ leases }: State, { id, project }: Known, former: string): boolean {
  return !leases.some(
    ({ spawn, project: other }) =>
      spawn !== null &&
      spawn.agentId !== null &&
      spawn.session !== id &&
      projectKey(other) === projectKey(project) &&
      budgetKey(formerWorkOf(spawn.session, spawn.agentId)) === budgetKey(former),
  );
}

/** The name of the session's main agent in the budgets: `PROJECT/NAME` or its alias. */
export function sessionAgent(state: State, session: Known): string {
  const { id, project, agent } = session;
  if (agent !== null) return agent;
  const name = `${project}/${workOf(id, null)}`;
  const former = formerWorkOf(id, null);
  const hasFormer = findAgent(state.budgets, `${project}/${former}`) !== null;
  const isPresent = !hasFormer || findAgent(state.budgets, name) !== null;
  return isPresent || !isFirst(state, session, former) ? name : `${project}/${former}`;
}

/** The budget of an agent inside the session; null for the main agent and without one. */
export function budgetOfAgent(state: State, session: Known, agentId: string | null): AgentBudget | null {
  if (agentId === null) return null;
  const own = findAgent(state.budgets, `${session.project}/${workOf(session.id, agentId)}`);
  if (own !== null) return own;
  const former = formerWorkOf(session.id, agentId);
  return isAlone(state, session, former) ? findAgent(state.budgets, `${session.project}/${former}`) : null;
}
