/** A slot for an agent inside a session. The session, its leases and the request are decided on one state. */
import type { Environment } from '../environment.ts';
import type { LeaseId } from '../model/ids.ts';
import type { ProcessRef } from '../model/process-ref.ts';
import { findSession, leaseOfAgentId, resumedBy, type SessionFacts } from '../model/session.ts';
import type { State } from '../model/state.ts';
import { type RequestCommand, requestOf } from './request.ts';
import { startSession } from './session.ts';

/** Before an agent starts: waits for its slot. A session that is unknown becomes known. */
export interface SpawnAgentCommand {
  readonly kind: 'spawn-agent';
  readonly facts: SessionFacts;
  readonly toolCall: string;
  /** The agent that makes the call; null for the session's own line of work. */
  readonly by: string | null;
  /** The lease that the whole session runs under. */
  readonly parent: LeaseId | null;
  readonly waiter: ProcessRef;
}

/** After an agent without a lease has begun or resumed: nothing can hold it up, so it takes a slot only if one is free. */
export interface ResumeAgentCommand {
  readonly kind: 'resume-agent';
  readonly facts: SessionFacts;
  readonly agentId: string;
  readonly parent: LeaseId | null;
}

/** The facts of the state, else those of the event. */
function current({ sessions }: State, facts: SessionFacts): SessionFacts {
  const known = findSession(sessions, facts.id);
  return known === null ? facts : resumedBy(known, facts.process);
}

/** The state with the session, and the request of the spawn. */
export function spawnRequest(
  state: State,
  env: Environment,
  { facts, toolCall, by, parent, waiter }: SpawnAgentCommand,
): readonly [State, RequestCommand] {
  const session = current(state, facts);
  const request = requestOf({
    project: session.project,
    mode: 'wait',
    holder: session.process,
    waiter,
    parent: leaseOfAgentId(state.leases, session.id, by)?.id ?? parent,
    spawn: { session: session.id, toolCall, agentId: null, isNested: by !== null, heardAt: env.now },
  });
  return [startSession(state, env, session), request];
}

/** The request of an agent that begins without a lease; it is bound once it is granted. */
export function resumeRequest(state: State, env: Environment, { facts, parent }: ResumeAgentCommand): RequestCommand {
  const { id, project, process } = current(state, facts);
  const spawn = { session: id, toolCall: null, agentId: null, isNested: false, heardAt: env.now };
  return requestOf({ project, holder: process, parent, spawn });
}
