/** The session of an event: its project, its process and the budget that pays. */

import { findAgent } from '../../core/budget/books.ts';
import { budgetOfAgent, sessionAgent } from '../../core/commands/session-names.ts';
import type { HookEvent } from '../../core/hooks/event.ts';
import { type AgentBudget, isBudgetName } from '../../core/model/budget.ts';
import { isProjectName } from '../../core/model/ids.ts';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import { findSession, resumedBy, type SessionFacts } from '../../core/model/session.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { projectOf } from '../../core/usage/attribution.ts';
import type { HookPorts, Seen } from '../../ports/hook.ts';

/**
 * The session's process, named by CLAUDE_PID, or else the nearest long-lived ancestor. Codex may inherit CLAUDE_PID from
 * an outer Claude session, so its events ignore it.
 */
export function processOf({ isCodex }: HookEvent, { env, host }: HookPorts): ProcessRef | null {
  const { CLAUDE_PID: pid = '' } = env;
  const named = !isCodex && /^[1-9]\d{0,9}$/.test(pid) && pid !== '1' ? host.process(Number(pid)) : null;
  return named ?? host.caller();
}

/** The facts of a session, from an event and its environment. */
export function factsOf(event: HookEvent, settings: Settings, ports: HookPorts): SessionFacts {
  const { session: id, cwd, transcript } = event;
  const { env } = ports;
  // The start folder of the session; `cwd` may have changed since.
  const folder = env.CLAUDE_PROJECT_DIR || cwd;
  const project = projectOf(folder, folder === null ? null : ports.repository(folder), settings.claude.projects);
  const { RESOURCE_MANAGER_AGENT: alias, RESOURCE_MANAGER_PROJECT: named } = env;
  return {
    id,
    project: named !== undefined && isProjectName(named) ? named : project,
    agent: alias !== undefined && isBudgetName(alias) ? alias : null,
    process: processOf(event, ports),
    transcript,
  };
}

/** The known session, or one built from the event. If another process resumed it, it has that process. */
export function sessionOf(event: HookEvent, { state, settings }: Seen, ports: HookPorts): SessionFacts {
  const known = findSession(state.sessions, event.session);
  return known === null ? factsOf(event, settings, ports) : resumedBy(known, processOf(event, ports));
}

/** The budget that pays for the event: the agent's own, else its session's; null without either. */
export function payerOf(
  { agentId }: HookEvent,
  session: SessionFacts,
  { state }: Pick<Seen, 'state'>,
): AgentBudget | null {
  return budgetOfAgent(state, session, agentId) ?? findAgent(state.budgets, sessionAgent(state, session));
}
