/**
 * What hooks and transcripts tell of the agents inside sessions. Everything may come late, twice, in another order or
 * never, so each word is taken for what it proves and no more: no lease of an agent that may be at work ends by it.
 */
import { reportUsage } from '../budget/report.ts';
import type { Environment } from '../environment.ts';
import { isPresent } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import type { LeaseId } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { plusMs } from '../model/instants.ts';
import type { ProcessRef } from '../model/process-ref.ts';
import { sameProcess } from '../model/process-ref.ts';
import type { Session, TaskCount } from '../model/session.ts';
import { findSession, leasesOfSession, NO_TASKS, NONE_OVER } from '../model/session.ts';
import type { State } from '../model/state.ts';
import { removeLease } from '../settle/nesting.ts';
import { workOf } from '../usage/attribution.ts';
import type { Told } from './session-agents.ts';
import { bind, finish, gone, hear, heard, reclaimed, reconcile, withLease } from './session-agents.ts';

/** What is told of a session when it starts. */
export interface SessionFacts {
  readonly session: string;
  readonly project: string;
  readonly agent: string | null;
  readonly process: ProcessRef | null;
  readonly transcript: string | null;
}

export type Attended =
  | ({ readonly do: 'start' } & SessionFacts)
  /** The tool call has become this agent. */
  | {
      readonly do: 'bind';
      readonly session: string;
      readonly toolCall: string | null;
      readonly agentId: string;
    }
  /** The agent is at work. */
  | { readonly do: 'hear'; readonly session: string; readonly agentId: string }
  /** The agent is over, or the tool call has come to nothing. */
  | {
      readonly do: 'finish';
      readonly session: string;
      readonly toolCall: string | null;
      readonly agentId: string | null;
    }
  /** Its turn is over, and only these agents of the session are still at work. */
  | { readonly do: 'reconcile'; readonly session: string; readonly running: readonly string[] }
  /** By the word of this process; one that has moved on to another process stays. */
  | { readonly do: 'leave'; readonly session: string; readonly process: ProcessRef | null }
  | { readonly do: 'task'; readonly session: string; readonly task: string; readonly isDone: boolean }
  /** Signs of life that were found, and agents of which none was found since the instant that was looked at. */
  | {
      readonly do: 'look';
      readonly heard: ReadonlyMap<LeaseId, Instant>;
      readonly busy: ReadonlySet<LeaseId>;
      readonly silent: ReadonlyMap<LeaseId, Instant>;
    };

export type AttendCommand = { readonly kind: 'attend' } & Attended;

const MOST_TASKS = 1_000;

function start(state: State, env: Environment, facts: SessionFacts): State {
  const { session: id, project, agent, process, transcript } = facts;
  const known = findSession(state.sessions, id);
  const told: Session = {
    id,
    project,
    agent,
    process,
    transcript,
    startedAt: known?.startedAt ?? env.now,
    tasks: known?.tasks ?? NO_TASKS,
    over: known?.over ?? NONE_OVER,
    extra: known?.extra ?? {},
  };
  const isSame = known !== null && JSON.stringify(known) === JSON.stringify(told);
  if (isSame) return state;
  return { ...state, sessions: [...state.sessions.filter((other) => other !== known), told] };
}

/** The session is over: what it holds for its agents and what it waits for goes with it. */
function leave(state: State, env: Environment, session: string, process: ProcessRef | null): State {
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
  // Told twice, or of a task that was created before anyone listened.
  if (isDone) return left.length === open.length ? { open, done } : { open: left, done: done + 1 };
  return { open: [...left, task].slice(-MOST_TASKS), done };
}

/** The name of a session's own line of work, for the budgets. */
export const sessionAgent = ({ id, project, agent }: Pick<Session, 'id' | 'project' | 'agent'>): string =>
  agent ?? `${project}/${workOf(id, null)}`;

/** The session's progress is how many of its tasks are done; whoever has a budget or a lease under its name shows it. */
function task(state: State, env: Environment, id: string, name: string, isDone: boolean): Told {
  const session = findSession(state.sessions, id);
  if (session === null) return { state, events: [] };
  const tasks = counted(session.tasks, name, isDone);
  const sessions = state.sessions.map((other) => (other === session ? { ...session, tasks } : other));
  const all = tasks.open.length + tasks.done;
  if (tasks.done === session.tasks.done && tasks.open.length === session.tasks.open.length)
    return { state, events: [] };
  const reported = reportUsage({ ...state, sessions }, env, {
    do: 'report',
    agent: sessionAgent(session),
    usage: null,
    progress: Math.round((100 * tasks.done) / all),
    phase: `${tasks.done}/${all}`,
    id: null,
    reserve: null,
    holder: null,
  });
  return 'refusal' in reported ? { state: { ...state, sessions }, events: [] } : reported;
}

/** A tool that runs keeps a lease for its time once more, not for ever: it may be a server that nobody waits for. */
const stillBusyUntil = (heardAt: Instant, { now, settings }: Environment): Instant =>
  Math.min(plusMs(now, settings.leaseTtlMs), plusMs(heardAt, 2 * settings.leaseTtlMs)) as Instant;

function look(state: State, env: Environment, told: Extract<Attended, { do: 'look' }>): Told {
  let next = state;
  const events: CoreEvent[] = [];
  for (const lease of state.leases) {
    if (lease.spawn === null) continue;
    const { heardAt } = lease.spawn;
    const seenAt = told.heard.get(lease.id);
    const lookedAt = told.silent.get(lease.id);
    if (seenAt !== undefined && seenAt > heardAt) next = withLease(next, lease, heard(lease, seenAt, env));
    else if (told.busy.has(lease.id) && lease.expiresAt !== null)
      next = withLease(next, lease, { ...lease, expiresAt: stillBusyUntil(heardAt, env) });
    else if (lookedAt !== undefined && heardAt <= lookedAt) {
      next = gone(next, lease);
      events.push(reclaimed(lease, 'silent'));
    }
  }
  return { state: next, events };
}

export function attend(state: State, env: Environment, command: AttendCommand): Told {
  const quiet = (next: State): Told => ({ state: next, events: [] });
  switch (command.do) {
    case 'start':
      return quiet(start(state, env, command));
    case 'bind':
      return quiet(bind(state, env, command.session, command.toolCall, command.agentId));
    case 'hear':
      return quiet(hear(state, env, command.session, command.agentId));
    case 'finish':
      return quiet(finish(state, env, command.session, command.toolCall, command.agentId));
    case 'reconcile':
      return reconcile(state, env, command.session, command.running);
    case 'leave':
      return quiet(leave(state, env, command.session, command.process));
    case 'task':
      return task(state, env, command.session, command.task, command.isDone);
    case 'look':
      return look(state, env, command);
  }
}
