/**
 * The leases of the agents inside a session. Events name a tool call, an agent or both. Until its call returns, the lease
 * of an agent is a guess; a wrong guess moves agents between leases and ends none. The end of an agent counts once,
 * whichever events report it. So each agent at work has a lease; test/properties/sessions.test.ts checks it.
 */
import type { Change } from '../change.ts';
import type { Environment } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import { elapsedMs, type Instant, plusMs } from '../model/instants.ts';
import { type Agent, type Lease, leaseSize } from '../model/lease.ts';
import { findSession, leaseOfAgentId, leaseOfToolCall, leasesOfSession, RENEW_MS } from '../model/session.ts';
import { type State, withLease } from '../model/state.ts';
import { removeLease } from '../settle/nesting.ts';
import { workOf } from '../usage/attribution.ts';

/** An agent seen within this time may have begun after its session listed the running agents. */
const JUST_NOW_MS = 5_000;
/** Number of ended agents that are remembered; late events of an agent come within moments, or never. */
const MOST_ENDED = 50;

export const withoutLease = (state: State, { id }: Lease): State => ({
  ...state,
  leases: removeLease(state.leases, id),
});

const unnamed = (name: string): Agent => ({
  name,
  pid: null,
  progress: null,
  phase: null,
  progressAt: null,
  extra: {},
});

/** The lease bound to this agent, under the same name as its transcript; null unbinds it. */
function bound(lease: Lease, agentId: string | null, env: Environment): Lease {
  if (lease.spawn === null) return lease;
  const name = agentId === null ? null : workOf(lease.spawn.session, agentId);
  const isNamed = name !== null && lease.agents[0]?.name === name;
  const agents = isNamed ? lease.agents : name === null ? [] : [unnamed(name)];
  return withSignOfLife({ ...lease, agents, spawn: { ...lease.spawn, agentId } }, env.now, env);
}

/** The lease after a sign of life of its agent, which also extends its time. */
export function withSignOfLife(lease: Lease, at: Instant, env: Environment): Lease {
  if (lease.spawn === null || at <= lease.spawn.heardAt) return lease;
  const expiresAt = lease.expiresAt === null ? null : plusMs(at, env.settings.leaseTtlMs);
  return { ...lease, expiresAt, spawn: { ...lease.spawn, heardAt: at } };
}

/** The agent's lease, else the oldest unbound one. Undelivered leases are left out: their agents have not begun. */
const ownOrUnbound = (state: State, session: string, agentId: string): Lease | null =>
  leaseOfAgentId(state.leases, session, agentId) ??
  leasesOfSession(state.leases, session).find(({ spawn, ticket }) => spawn?.agentId === null && ticket === null) ??
  null;

/** Binds the agent to its own lease or the oldest unbound one; null without either. */
export function bindAny(state: State, env: Environment, session: string, agentId: string): State | null {
  const lease = ownOrUnbound(state, session, agentId);
  return lease === null ? null : withLease(state, lease, bound(lease, agentId, env));
}

/** Binds the agent to this lease. Its previous agent moves to the lease that becomes free, if there is one. */
function place(state: State, env: Environment, lease: Lease, agentId: string): State {
  const other = lease.spawn?.agentId ?? null;
  const free = ownOrUnbound(state, lease.spawn?.session ?? '', agentId);
  const next = withLease(state, lease, bound(lease, agentId, env));
  const stays = free === null || free === lease || free.spawn?.agentId === other;
  return stays ? next : withLease(next, free, bound(free, other, env));
}

/** The end of the agent was counted, and the agent was not started again. */
const hasEnded = ({ sessions, leases }: State, session: string, agentId: string): boolean =>
  leaseOfAgentId(leases, session, agentId) === null &&
  (findSession(sessions, session)?.endedAgents.includes(agentId) ?? false);

/** Binds the agent to the lease of the call that started it. */
export function agentBound(state: State, env: Environment, session: string, call: string | null, id: string): State {
  if (hasEnded(state, session, id)) return state;
  const lease = leaseOfToolCall(state.leases, session, call);
  return lease === null ? (bindAny(state, env, session, id) ?? state) : place(state, env, lease, id);
}

/** Notes a sign of life of the agent. */
export function agentSeen(state: State, env: Environment, session: string, agentId: string): State {
  const lease = leaseOfAgentId(state.leases, session, agentId);
  if (lease === null) return agentBound(state, env, session, null, agentId);
  if (elapsedMs(lease.spawn?.heardAt ?? env.now, env.now) < RENEW_MS) return state;
  return withLease(state, lease, withSignOfLife(lease, env.now, env));
}

/**
 * Ends the lease of the agent. Without a call, an agent that was never bound ends the oldest unbound lease: there are as
 * many unbound leases as agents that were never seen.
 */
export function agentEnded(
  state: State,
  env: Environment,
  session: string,
  call: string | null,
  agentId: string | null,
): State {
  const called = leaseOfToolCall(state.leases, session, call);
  if (agentId === null) return called === null ? state : withoutLease(state, called);
  if (hasEnded(state, session, agentId)) return state;
  const spare = ownOrUnbound(state, session, agentId);
  const lease = called ?? (call === null ? spare : leaseOfAgentId(state.leases, session, agentId));
  // If every lease is bound to another agent, this agent has none.
  if (lease === null || (spare === null && lease.spawn?.agentId !== agentId)) return state;
  const sessions = state.sessions.map((one) =>
    one.id === session ? { ...one, endedAgents: [...one.endedAgents, agentId].slice(-MOST_ENDED) } : one,
  );
  return { ...withoutLease(place(state, env, lease, agentId), lease), sessions };
}

/** The event of a lease whose agent ended without an event of its own. */
export const reclaimed = (lease: Lease, why: 'silent' | 'not-running'): CoreEvent => ({
  kind: 'reclaimed',
  lease: lease.id,
  project: lease.project,
  slots: leaseSize(lease),
  why,
  holder: lease.holder,
});

/** Ends the leases of agents that are not in `running`. It lists no agents of agents, so their leases stay. */
export function turnEnded(state: State, env: Environment, session: string, running: readonly string[]): Change {
  const unbound = [...new Set(running)].filter((id) => leaseOfAgentId(state.leases, session, id) === null);
  const others = leasesOfSession(state.leases, session).filter(
    ({ spawn, ticket }) => spawn?.isNested === false && ticket === null && !running.includes(spawn.agentId ?? ''),
  );
  let next = state;
  const events: CoreEvent[] = [];
  // The newest leases belong to the running agents that have none.
  for (const [at, lease] of others.reverse().entries()) {
    const id = unbound[at];
    if (id !== undefined) next = withLease(next, lease, bound(lease, id, env));
    else if (elapsedMs(lease.spawn?.heardAt ?? env.now, env.now) >= JUST_NOW_MS) {
      next = withoutLease(next, lease);
      events.push(reclaimed(lease, 'not-running'));
    }
  }
  return { state: next, events };
}
