/**
 * What hooks and transcripts tell of the agents inside sessions. Everything may come late, twice, in another order or
 * never, so each word is taken for what it proves and no more: no lease of an agent that may be at work ends by it.
 */
import { reportUsage } from '../budget/report.ts';
import type { Environment } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import type { LeaseId } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { elapsedMs, plusMs } from '../model/instants.ts';
import type { Agent, Lease } from '../model/lease.ts';
import { leaseSize } from '../model/lease.ts';
import type { ProcessRef } from '../model/process-ref.ts';
import type { Session, TaskCount } from '../model/session.ts';
import { findSession, leaseOfAgentId, leaseOfToolCall, leasesOfSession, NO_TASKS, RENEW_MS } from '../model/session.ts';
import type { State } from '../model/state.ts';
import { removeLease } from '../settle/nesting.ts';
import { workOf } from '../usage/attribution.ts';

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
  | { readonly do: 'leave'; readonly session: string }
  | { readonly do: 'task'; readonly session: string; readonly task: string; readonly isDone: boolean }
  /** Signs of life that were found, and agents of which none was found since the instant that was looked at. */
  | {
      readonly do: 'look';
      readonly heard: ReadonlyMap<LeaseId, Instant>;
      readonly busy: ReadonlySet<LeaseId>;
      readonly silent: ReadonlyMap<LeaseId, Instant>;
    };

export type AttendCommand = { readonly kind: 'attend' } & Attended;

export interface AttendDone {
  readonly state: State;
  readonly events: readonly CoreEvent[];
}

/** What was heard of so lately may have begun while its session was saying what runs. */
const JUST_NOW_MS = 5_000;
const MOST_TASKS = 1_000;

const withLease = (state: State, lease: Lease, next: Lease): State => ({
  ...state,
  leases: state.leases.map((other) => (other === lease ? next : other)),
});

const unnamed = (name: string): Agent => ({
  name,
  pid: null,
  progress: null,
  phase: null,
  progressAt: null,
  extra: {},
});

/** The lease with an agent of this id, known by the name that transcripts give it as well. */
function bound(lease: Lease, agentId: string | null, env: Environment): Lease {
  if (lease.spawn === null) return lease;
  const name = agentId === null ? null : workOf(lease.spawn.session, agentId);
  const isNamed = name !== null && lease.agents[0]?.name === name;
  const agents = isNamed ? lease.agents : name === null ? [] : [unnamed(name)];
  return heard({ ...lease, agents, spawn: { ...lease.spawn, agentId } }, env.now, env);
}

/** A sign of life moves the end of its time, too. */
function heard(lease: Lease, at: Instant, env: Environment): Lease {
  if (lease.spawn === null || at <= lease.spawn.heardAt) return lease;
  const expiresAt = lease.expiresAt === null ? null : plusMs(at, env.settings.leaseTtlMs);
  return { ...lease, expiresAt, spawn: { ...lease.spawn, heardAt: at } };
}

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
    extra: known?.extra ?? {},
  };
  const isSame = known !== null && JSON.stringify(known) === JSON.stringify(told);
  if (isSame) return state;
  return { ...state, sessions: [...state.sessions.filter((other) => other !== known), told] };
}

/** The oldest lease of the session that no agent is known for. */
const oldestUnbound = (state: State, session: string): Lease | null =>
  leasesOfSession(state.leases, session).find(({ spawn }) => spawn?.agentId === null) ?? null;

/** Says which agent a tool call became. Where another was taken for it meanwhile, the two change places. */
function bind(state: State, env: Environment, session: string, toolCall: string | null, agentId: string): State {
  const mine = leaseOfAgentId(state.leases, session, agentId);
  if (toolCall === null) {
    const lease = mine ?? oldestUnbound(state, session);
    return lease === null ? state : withLease(state, lease, bound(lease, agentId, env));
  }
  const called = leaseOfToolCall(state.leases, session, toolCall);
  if (called === null) return mine === null ? state : withLease(state, mine, heard(mine, env.now, env));
  const other = called.spawn?.agentId ?? null;
  const next = withLease(state, called, bound(called, agentId, env));
  return mine === null || mine === called ? next : withLease(next, mine, bound(mine, other, env));
}

function hear(state: State, env: Environment, session: string, agentId: string): State {
  const lease = leaseOfAgentId(state.leases, session, agentId);
  if (lease === null) return bind(state, env, session, null, agentId);
  if (elapsedMs(lease.spawn?.heardAt ?? env.now, env.now) < RENEW_MS) return state;
  return withLease(state, lease, heard(lease, env.now, env));
}

const without = (state: State, { id }: Lease): State => ({ ...state, leases: removeLease(state.leases, id) });

/**
 * Ends the lease of the agent. Its tool call may stand on another lease, where agents that began together were taken for
 * each other: that one is somebody else's, and goes on.
 */
function finish(state: State, session: string, toolCall: string | null, agentId: string | null): State {
  const mine = leaseOfAgentId(state.leases, session, agentId);
  const called = leaseOfToolCall(state.leases, session, toolCall);
  const retagged = (from: State, lease: Lease, call: string | null): State =>
    lease.spawn === null ? from : withLease(from, lease, { ...lease, spawn: { ...lease.spawn, toolCall: call } });
  if (mine !== null) {
    const next = called === null || called === mine ? state : retagged(state, called, mine.spawn?.toolCall ?? null);
    return without(next, mine);
  }
  if (called === null) return state;
  const isAnothers = agentId !== null && called.spawn?.agentId !== null && called.spawn?.agentId !== agentId;
  return isAnothers ? retagged(state, called, null) : without(state, called);
}

const reclaimed = (lease: Lease, why: 'silent' | 'not-running'): CoreEvent => ({
  kind: 'reclaimed',
  lease: lease.id,
  project: lease.project,
  slots: leaseSize(lease),
  why,
  holder: lease.holder,
});

/** Agents that other agents started are not spoken of: their own agent's turn goes on. */
const isOfTurn = (lease: Lease, leases: readonly Lease[]): boolean =>
  !leases.some((other) => other.id === lease.parent && other.spawn !== null);

function reconcile(state: State, env: Environment, session: string, running: readonly string[]): AttendDone {
  const own = leasesOfSession(state.leases, session).filter((lease) => isOfTurn(lease, state.leases));
  const isNamed = ({ spawn }: Lease): boolean => spawn !== null && running.includes(spawn.agentId ?? '');
  const named = new Set(own.filter(isNamed).map(({ spawn }) => spawn?.agentId));
  const unnamedIds = running.filter((id) => !named.has(id));
  // As many as run under names that we have not heard stay: the newest, and of those the unbound take the names.
  const others = own.filter((lease) => !isNamed(lease)).reverse();
  const kept = new Set(others.slice(0, unnamedIds.length));
  let next = state;
  const events: CoreEvent[] = [];
  for (const lease of others) {
    const lately = elapsedMs(lease.spawn?.heardAt ?? env.now, env.now) < JUST_NOW_MS;
    if (kept.has(lease) || lately || lease.ticket !== null) continue;
    next = without(next, lease);
    events.push(reclaimed(lease, 'not-running'));
  }
  for (const lease of kept) {
    const id = lease.spawn?.agentId === null ? unnamedIds.shift() : undefined;
    if (id !== undefined) next = withLease(next, lease, bound(lease, id, env));
  }
  return { state: next, events };
}

/** The session is over: what it holds for its agents and what it waits for goes with it. */
function leave(state: State, session: string): State {
  const leases = leasesOfSession(state.leases, session).reduce((left, { id }) => removeLease(left, id), state.leases);
  const queue = state.queue.filter(({ spawn }) => spawn?.session !== session);
  const sessions = state.sessions.filter(({ id }) => id !== session);
  const isSame =
    leases === state.leases && queue.length === state.queue.length && sessions.length === state.sessions.length;
  return isSame ? state : { ...state, leases, queue, sessions };
}

function counted({ open, done }: TaskCount, task: string, isDone: boolean): TaskCount {
  const left = open.filter((id) => id !== task);
  if (isDone) return { open: left, done: done + 1 };
  return { open: [...left, task].slice(-MOST_TASKS), done };
}

/** The name of a session's own line of work, for the budgets. */
export const sessionAgent = ({ id, project, agent }: Pick<Session, 'id' | 'project' | 'agent'>): string =>
  agent ?? `${project}/${workOf(id, null)}`;

/** The session's progress is how many of its tasks are done; whoever has a budget or a lease under its name shows it. */
function task(state: State, env: Environment, id: string, name: string, isDone: boolean): AttendDone {
  const session = findSession(state.sessions, id);
  if (session === null) return { state, events: [] };
  const tasks = counted(session.tasks, name, isDone);
  const sessions = state.sessions.map((other) => (other === session ? { ...session, tasks } : other));
  const all = tasks.open.length + tasks.done;
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

function look(state: State, env: Environment, told: Extract<Attended, { do: 'look' }>): AttendDone {
  let next = state;
  const events: CoreEvent[] = [];
  for (const lease of state.leases) {
    if (lease.spawn === null) continue;
    const { heardAt } = lease.spawn;
    const seenAt = told.heard.get(lease.id);
    const lookedAt = told.silent.get(lease.id);
    if (seenAt !== undefined && seenAt > heardAt) next = withLease(next, lease, heard(lease, seenAt, env));
    else if (told.busy.has(lease.id) && lease.expiresAt !== null)
      next = withLease(next, lease, { ...lease, expiresAt: plusMs(env.now, env.settings.leaseTtlMs) });
    else if (lookedAt !== undefined && heardAt <= lookedAt) {
      next = without(next, lease);
      events.push(reclaimed(lease, 'silent'));
    }
  }
  return { state: next, events };
}

export function attend(state: State, env: Environment, command: AttendCommand): AttendDone {
  const quiet = (next: State): AttendDone => ({ state: next, events: [] });
  switch (command.do) {
    case 'start':
      return quiet(start(state, env, command));
    case 'bind':
      return quiet(bind(state, env, command.session, command.toolCall, command.agentId));
    case 'hear':
      return quiet(hear(state, env, command.session, command.agentId));
    case 'finish':
      return quiet(finish(state, command.session, command.toolCall, command.agentId));
    case 'reconcile':
      return reconcile(state, env, command.session, command.running);
    case 'leave':
      return quiet(leave(state, command.session));
    case 'task':
      return task(state, env, command.session, command.task, command.isDone);
    case 'look':
      return look(state, env, command);
  }
}
