/**
 * The leases of the agents inside a session, as their hooks speak of them: which agent a call became, that it is at work,
 * that it is over. Calls and agents are told of apart, so one may stand for another that began beside it for a while; there
 * is a lease for each all the same, which test/properties/sessions.test.ts holds.
 */
import type { Environment } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import type { Instant } from '../model/instants.ts';
import { elapsedMs, plusMs } from '../model/instants.ts';
import type { Agent, Lease } from '../model/lease.ts';
import { leaseSize } from '../model/lease.ts';
import type { Over } from '../model/session.ts';
import {
  findSession,
  leaseOfAgentId,
  leaseOfToolCall,
  leasesOfSession,
  NONE_OVER,
  RENEW_MS,
} from '../model/session.ts';
import type { State } from '../model/state.ts';
import { removeLease } from '../settle/nesting.ts';
import { workOf } from '../usage/attribution.ts';

export interface Told {
  readonly state: State;
  readonly events: readonly CoreEvent[];
}

/** What was heard of so lately may have begun while its session was saying what runs. */
const JUST_NOW_MS = 5_000;
export const withLease = (state: State, lease: Lease, next: Lease): State => ({
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
export function bound(lease: Lease, agentId: string | null, env: Environment): Lease {
  if (lease.spawn === null) return lease;
  const name = agentId === null ? null : workOf(lease.spawn.session, agentId);
  const isNamed = name !== null && lease.agents[0]?.name === name;
  const agents = isNamed ? lease.agents : name === null ? [] : [unnamed(name)];
  return heard({ ...lease, agents, spawn: { ...lease.spawn, agentId } }, env.now, env);
}

/** A sign of life moves the end of its time, too. */
export function heard(lease: Lease, at: Instant, env: Environment): Lease {
  if (lease.spawn === null || at <= lease.spawn.heardAt) return lease;
  const expiresAt = lease.expiresAt === null ? null : plusMs(at, env.settings.leaseTtlMs);
  return { ...lease, expiresAt, spawn: { ...lease.spawn, heardAt: at } };
}

/** The oldest lease of the session that no agent is known for. */
const oldestUnbound = (state: State, session: string): Lease | null =>
  leasesOfSession(state.leases, session).find(({ spawn }) => spawn?.agentId === null) ?? null;

/** Says which agent a tool call became. Where another was taken for it meanwhile, the two change places. */
export function bind(state: State, env: Environment, session: string, toolCall: string | null, agentId: string): State {
  const mine = leaseOfAgentId(state.leases, session, agentId);
  if (toolCall === null) {
    const lease = mine ?? oldestUnbound(state, session);
    const next = withOver(state, session, (over) => without(over, agentId));
    return lease === null ? next : withLease(next, lease, bound(lease, agentId, env));
  }
  const called = leaseOfToolCall(state.leases, session, toolCall);
  const { released, missed } = overOf(state, session);
  const isOver = mine === null && (released.includes(agentId) || missed.includes(agentId));
  if (isOver) {
    const next = withOver(state, session, (over) => without(over, agentId));
    if (called === null) return next;
    // Its slot came back with another lease, so this one is another's; or it never did.
    return released.includes(agentId) ? retagged(next, called, null) : gone(next, called);
  }
  if (called === null) {
    const lease = mine ?? uncalled(state, session);
    return lease === null ? state : withLease(state, lease, bound(lease, agentId, env));
  }
  const other = called.spawn?.agentId ?? null;
  const next = withLease(state, called, bound(called, agentId, env));
  return mine === null || mine === called ? next : withLease(next, mine, bound(mine, other, env));
}

/** An agent's lease of which neither the agent nor the call is known any more. */
const uncalled = (state: State, session: string): Lease | null =>
  leasesOfSession(state.leases, session).find(({ spawn }) => spawn?.agentId === null && spawn.toolCall === null) ??
  null;

const overOf = (state: State, session: string): Over => findSession(state.sessions, session)?.over ?? NONE_OVER;

const without = ({ released, missed }: Over, agentId: string): Over => ({
  released: released.filter((id) => id !== agentId),
  missed: missed.filter((id) => id !== agentId),
});

function withOver(state: State, id: string, change: (over: Over) => Over): State {
  const session = findSession(state.sessions, id);
  if (session === null) return state;
  const over = change(session.over);
  const isSame =
    over.released.length === session.over.released.length && over.missed.length === session.over.missed.length;
  if (isSame) return state;
  return { ...state, sessions: state.sessions.map((other) => (other === session ? { ...session, over } : other)) };
}

/** How many agents are remembered whose call has not answered: it does so within moments, or never. */
const MOST_OVER = 50;

const remembered = (state: State, session: string, agentId: string, as: keyof Over): State =>
  withOver(state, session, (over) => ({
    ...over,
    [as]: [...over[as].filter((id) => id !== agentId), agentId].slice(-MOST_OVER),
  }));

export function hear(state: State, env: Environment, session: string, agentId: string): State {
  const lease = leaseOfAgentId(state.leases, session, agentId);
  if (lease === null) return bind(state, env, session, null, agentId);
  if (elapsedMs(lease.spawn?.heardAt ?? env.now, env.now) < RENEW_MS) return state;
  return withLease(state, lease, heard(lease, env.now, env));
}

export const gone = (state: State, { id }: Lease): State => ({ ...state, leases: removeLease(state.leases, id) });

const retagged = (state: State, lease: Lease, toolCall: string | null): State =>
  lease.spawn === null ? state : withLease(state, lease, { ...lease, spawn: { ...lease.spawn, toolCall } });

/**
 * Ends the lease of the agent. Its tool call may stand on another lease, where agents that began together were taken for
 * each other: that one is somebody else's, and goes on.
 */
export function finish(
  state: State,
  env: Environment,
  session: string,
  toolCall: string | null,
  agentId: string | null,
): State {
  const mine = leaseOfAgentId(state.leases, session, agentId);
  const called = leaseOfToolCall(state.leases, session, toolCall);
  if (mine !== null && agentId !== null) {
    const next = called === null || called === mine ? state : retagged(state, called, mine.spawn?.toolCall ?? null);
    return toolCall === null ? remembered(gone(next, mine), session, agentId, 'released') : gone(next, mine);
  }
  if (called === null) {
    if (agentId === null || toolCall !== null || overOf(state, session).released.includes(agentId)) return state;
    // Its beginning went unheard, as did that of an agent for each lease that nobody is known for.
    const unheard = oldestUnbound(state, session);
    return unheard === null
      ? remembered(state, session, agentId, 'missed')
      : remembered(gone(state, unheard), session, agentId, 'released');
  }
  if (agentId !== null && overOf(state, session).released.includes(agentId))
    return retagged(
      withOver(state, session, (over) => without(over, agentId)),
      called,
      null,
    );
  const other = called.spawn?.agentId ?? null;
  if (agentId === null || other === null) return gone(state, called);
  // The other agent was taken for this one; what is its own is one of those that nobody is known for.
  const free = oldestUnbound(state, session);
  return free === null ? retagged(state, called, null) : gone(withLease(state, free, bound(free, other, env)), called);
}

export const reclaimed = (lease: Lease, why: 'silent' | 'not-running'): CoreEvent => ({
  kind: 'reclaimed',
  lease: lease.id,
  project: lease.project,
  slots: leaseSize(lease),
  why,
  holder: lease.holder,
});

export function reconcile(state: State, env: Environment, session: string, running: readonly string[]): Told {
  // Agents that other agents started are not spoken of: the turn is not theirs.
  const own = leasesOfSession(state.leases, session).filter(({ spawn }) => spawn?.isNested === false);
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
    next = gone(next, lease);
    events.push(reclaimed(lease, 'not-running'));
  }
  for (const lease of kept) {
    const id = lease.spawn?.agentId === null ? unnamedIds.shift() : undefined;
    if (id !== undefined) next = withLease(next, lease, bound(lease, id, env));
  }
  return { state: next, events };
}
