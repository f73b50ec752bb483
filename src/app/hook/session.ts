/** Whose event it is: the session, its project and process, and the lease and budget of the agent that it comes from. */

import { findAgent } from '../../core/budget/books.ts';
import type { SessionFacts } from '../../core/commands/attend.ts';
import { sessionAgent } from '../../core/commands/attend.ts';
import type { HookEvent } from '../../core/hooks/event.ts';
import type { AgentBudget } from '../../core/model/budget.ts';
import { isBudgetName } from '../../core/model/budget.ts';
import type { LeaseId } from '../../core/model/ids.ts';
import { isProjectName } from '../../core/model/ids.ts';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import { findSession, leaseOfAgentId } from '../../core/model/session.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { projectOf, workOf } from '../../core/usage/attribution.ts';
import type { Committed } from '../../ports/context.ts';
import type { HookPorts, Seen } from './ports.ts';

/**
 * The session's process: it names itself, else it is the nearest ancestor that lives on. What Codex has of that name is of a
 * session that it was started in.
 */
export function processOf({ isCodex }: HookEvent, { env, host }: HookPorts): ProcessRef | null {
  const { CLAUDE_PID: pid = '' } = env;
  const named = !isCodex && /^[1-9]\d{0,9}$/.test(pid) && pid !== '1' ? host.process(Number(pid)) : null;
  return named ?? host.caller();
}

/** What there is to know of the session that tells of itself for the first time. */
export function factsOf(event: HookEvent, settings: Settings, ports: HookPorts): SessionFacts {
  const { session, cwd, transcript } = event;
  const { env } = ports;
  // Where it was started; it may have gone elsewhere since.
  const folder = env.CLAUDE_PROJECT_DIR || cwd;
  const project = projectOf(folder, folder === null ? null : ports.gitRoot(folder), settings.claude.projects);
  const { RESOURCE_MANAGER_AGENT: alias, RESOURCE_MANAGER_PROJECT: named } = env;
  return {
    session,
    project: named !== undefined && isProjectName(named) ? named : project,
    agent: alias !== undefined && isBudgetName(alias) ? alias : null,
    process: processOf(event, ports),
    transcript,
  };
}

/** The session as it is known, or as it would be told; resumed by another process it is that one's. */
export function sessionOf(event: HookEvent, { state, settings }: Seen, ports: HookPorts): SessionFacts {
  const known = findSession(state.sessions, event.session);
  if (known === null) return factsOf(event, settings, ports);
  const { id, project, agent, transcript } = known;
  return { session: id, project, agent, process: processOf(event, ports) ?? known.process, transcript };
}

/** The lease that what the event asks for stands in: its own agent's, else the one that the whole session runs under. */
export function parentOf(
  { session, agentId }: HookEvent,
  { state }: Pick<Seen, 'state'>,
  { env }: HookPorts,
): LeaseId | null {
  const own = leaseOfAgentId(state.leases, session, agentId);
  return own?.id ?? ((env.RESOURCE_MANAGER_LEASE || null) as LeaseId | null);
}

/** The budget that pays for the event's line of work: the agent's own, else its session's; null where neither has one. */
export function payerOf(
  { agentId }: HookEvent,
  session: SessionFacts,
  { state }: Pick<Seen, 'state'>,
): AgentBudget | null {
  const own =
    agentId === null ? null : findAgent(state.budgets, `${session.project}/${workOf(session.session, agentId)}`);
  return own ?? findAgent(state.budgets, sessionAgent({ ...session, id: session.session }));
}

/** The state learns of the session, and its name is kept. */
export async function register(facts: SessionFacts, { store, nameSession }: HookPorts): Promise<Committed> {
  nameSession(facts.session, facts);
  return store.transact({ kind: 'attend', do: 'start', ...facts });
}
