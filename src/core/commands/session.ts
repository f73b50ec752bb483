/**
 * Events of a session: its start and end, its agents, its tasks. They come late, twice, out of order or never, so an event
 * changes only the facts that it proves, and none ends the lease of an agent that may be at work.
 */
import { reportUsage } from '../budget/report.ts';
import { type Change, quiet } from '../change.ts';
import { type Environment, isPresent } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import type { SilenceFindings } from '../hooks/silence.ts';
import { type Instant, plusMs } from '../model/instants.ts';
import { type ProcessRef, sameProcess } from '../model/process-ref.ts';
import type { Session, SessionFacts, TaskCount } from '../model/session.ts';
import { findSession, leasesOfSession, NO_TASKS } from '../model/session.ts';
import { type State, withLease } from '../model/state.ts';
import { removeLease } from '../settle/nesting.ts';
import {
  agentBound,
  agentEnded,
  agentSeen,
  reclaimed,
  turnEnded,
  withoutLease,
  withSignOfLife,
} from './session-agents.ts';
import { sessionAgent } from './session-names.ts';

export type SessionEvent =
  /** `isAfterClear`: the session replaces an earlier one of the same process, which may never send its end. */
  | { readonly do: 'started'; readonly facts: SessionFacts; readonly isAfterClear: boolean }
  /** The tool call started this agent. */
  | {
      readonly do: 'agent-bound';
      readonly session: string;
      readonly toolCall: string | null;
      readonly agentId: string;
    }
  | { readonly do: 'agent-seen'; readonly session: string; readonly agentId: string }
  /** The agent ended, or the tool call started none. */
  | {
      readonly do: 'agent-ended';
      readonly session: string;
      readonly toolCall: string | null;
      readonly agentId: string | null;
    }
  /** `running`: the agents of the session that still run. */
  | { readonly do: 'turn-ended'; readonly session: string; readonly running: readonly string[] }
  /** `process` sent the event. A session that another live process resumed goes on. */
  | { readonly do: 'ended'; readonly session: string; readonly process: ProcessRef | null }
  | { readonly do: 'task'; readonly facts: SessionFacts; readonly task: string; readonly isDone: boolean }
  /** The result of looking for signs of life of all agents. */
  | ({ readonly do: 'silence' } & SilenceFindings);

export type SessionCommand = { readonly kind: 'session' } & SessionEvent;

const MOST_TASKS = 1_000;

/** Adds the session, or updates its facts; an unchanged session returns the same state. */
export function startSession(state: State, env: Environment, facts: SessionFacts): State {
  const { id, project, agent, process, transcript } = facts;
  const known = findSession(state.sessions, id);
  const fresh = { startedAt: env.now, tasks: NO_TASKS, endedAgents: [], extra: {} };
  const next: Session = { ...fresh, ...known, id, project, agent, process, transcript };
  if (known !== null && JSON.stringify({ ...known, ...next }) === JSON.stringify(known)) return state;
  const sessions = known ? state.sessions.map((other) => (other === known ? next : other)) : [...state.sessions, next];
  return { ...state, sessions };
}

/** The session that /clear replaced: the latest of the same process with a transcript in the same folder. */
function clearedBy({ id, process, transcript }: SessionFacts, { sessions }: State): Session | null {
  const folder = (path: string | null): string | null => path?.slice(0, path.lastIndexOf('/')) ?? null;
  if (process === null || transcript === null) return null;
  const isCleared = (other: Session): boolean =>
    other.id !== id && sameProcess(other.process, process) && folder(other.transcript) === folder(transcript);
  return sessions.findLast(isCleared) ?? null;
}

/** Ends the session, with the leases and requests of its agents. */
function ended(state: State, env: Environment, session: string, process: ProcessRef | null): State {
  const known = findSession(state.sessions, session)?.process ?? null;
  if (process !== null && known !== null && !sameProcess(process, known) && isPresent(env, known)) return state;
  const leases = leasesOfSession(state.leases, session).reduce((left, { id }) => removeLease(left, id), state.leases);
  const queue = state.queue.filter(({ spawn }) => spawn?.session !== session);
  const sessions = state.sessions.filter(({ id }) => id !== session);
  const isSame =
    leases === state.leases && queue.length === state.queue.length && sessions.length === state.sessions.length;
  return isSame ? state : { ...state, leases, queue, sessions };
}

function counted({ open, done }: TaskCount, task: string, isDone: boolean): TaskCount {
  const left = open.filter((id) => id !== task);
  // A repeated event counts once. The end of a task counts only if its creation was seen.
  if (isDone) return left.length === open.length ? { open, done } : { open: left, done: done + 1 };
  return { open: [...left, task].slice(-MOST_TASKS), done };
}

/** Counts a task. The share of tasks done becomes the progress of the session's budget and lease. */
function task(state: State, env: Environment, facts: SessionFacts, name: string, isDone: boolean): Change {
  const known = findSession(state.sessions, facts.id) === null ? startSession(state, env, facts) : state;
  const session = findSession(known.sessions, facts.id) as Session;
  const tasks = counted(session.tasks, name, isDone);
  if (tasks.done === session.tasks.done && tasks.open.length === session.tasks.open.length) return quiet(known);
  const sessions = known.sessions.map((other) => (other === session ? { ...session, tasks } : other));
  const all = tasks.open.length + tasks.done;
  const reported = reportUsage({ ...known, sessions }, env, {
    do: 'report',
    agent: sessionAgent(state, session),
    usage: null,
    progress: Math.round((100 * tasks.done) / all),
    phase: `${tasks.done}/${all}`,
    id: null,
    reserve: null,
    holder: null,
  });
  return 'refusal' in reported ? quiet({ ...known, sessions }) : reported;
}

/** A running tool extends a lease once by its whole time, not for ever, because it may be a server that never ends. */
const stillBusyUntil = (heardAt: Instant, { now, settings }: Environment): Instant =>
  Math.min(plusMs(now, settings.leaseTtlMs), plusMs(heardAt, 2 * settings.leaseTtlMs)) as Instant;

/** Writes the signs of life, and ends the leases of silent agents without a later sign. */
function silence(state: State, env: Environment, findings: SilenceFindings): Change {
  let next = state;
  const events: CoreEvent[] = [];
  for (const lease of state.leases) {
    if (lease.spawn === null) continue;
    const { heardAt } = lease.spawn;
    const seenAt = findings.heard.get(lease.id);
    const judgedAt = findings.silent.get(lease.id);
    if (seenAt !== undefined && seenAt > heardAt) next = withLease(next, lease, withSignOfLife(lease, seenAt, env));
    else if (findings.busy.has(lease.id) && lease.expiresAt !== null)
      next = withLease(next, lease, { ...lease, expiresAt: stillBusyUntil(heardAt, env) });
    else if (judgedAt !== undefined && heardAt <= judgedAt) {
      next = withoutLease(next, lease);
      events.push(reclaimed(lease, 'silent'));
    }
  }
  return { state: next, events };
}

/** Carries out one event of a session. */
export function sessionChange(state: State, env: Environment, command: SessionCommand): Change {
  switch (command.do) {
    case 'started': {
      const { facts } = command;
      const last = command.isAfterClear ? clearedBy(facts, state) : null;
      const left = last === null ? state : ended(state, env, last.id, facts.process);
      return quiet(startSession(left, env, facts));
    }
    case 'agent-bound':
      return quiet(agentBound(state, env, command.session, command.toolCall, command.agentId));
    case 'agent-seen':
      return quiet(agentSeen(state, env, command.session, command.agentId));
    case 'agent-ended':
      return quiet(agentEnded(state, env, command.session, command.toolCall, command.agentId));
    case 'turn-ended':
      return turnEnded(state, env, command.session, command.running);
    case 'ended':
      return quiet(ended(state, env, command.session, command.process));
    case 'task':
      return task(state, env, command.facts, command.task, command.isDone);
    case 'silence':
      return silence(state, env, command);
  }
}
