import type { Instant } from './instants.ts';
import type { Lease } from './lease.ts';
import type { ProcessRef } from './process-ref.ts';
import type { QueueEntry } from './queue-entry.ts';

/** Tasks of a session, for its progress. */
export interface TaskCount {
  readonly open: readonly string[];
  readonly done: number;
}

/**
 * Agents that lately stopped before the answer of their call was heard, which must not end the lease of another then. A
 * call that answers before its agent was heard may have given its lease to another that began beside it.
 */
export interface Over {
  /** Those whose slot was given back. */
  readonly released: readonly string[];
  /** Those of which no lease was known. */
  readonly missed: readonly string[];
}

/** A session of an agent program (Claude Code, Codex) that told of its start. */
export interface Session {
  readonly id: string;
  readonly project: string;
  /** Under which name its own line of work is known to the budgets; null for the name that is made of its id. */
  readonly agent: string | null;
  /** Null where it could not be told; then it ends by its own word or by silence. */
  readonly process: ProcessRef | null;
  /** Its transcript, as it told. */
  readonly transcript: string | null;
  readonly startedAt: Instant;
  readonly tasks: TaskCount;
  readonly over: Over;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Signs of life are written down this seldom: each costs a commit. */
export const RENEW_MS = 60_000;

export const NO_TASKS: TaskCount = { open: [], done: 0 };
export const NONE_OVER: Over = { released: [], missed: [] };

export const findSession = (sessions: readonly Session[], id: string): Session | null =>
  sessions.find((session) => session.id === id) ?? null;

/** Leases of agents inside the session. */
export const leasesOfSession = (leases: readonly Lease[], session: string): readonly Lease[] =>
  leases.filter(({ spawn }) => spawn !== null && spawn.session === session);

/** The lease of one agent of the session. */
export const leaseOfAgentId = (leases: readonly Lease[], session: string, agentId: string | null): Lease | null =>
  agentId === null ? null : (leasesOfSession(leases, session).find(({ spawn }) => spawn?.agentId === agentId) ?? null);

/** The lease that a tool call got. */
export const leaseOfToolCall = (leases: readonly Lease[], session: string, toolCall: string | null): Lease | null =>
  toolCall === null
    ? null
    : (leasesOfSession(leases, session).find(({ spawn }) => spawn?.toolCall === toolCall) ?? null);

/** Both hold or wait for the same thing: neither for an agent inside a session, or both. */
export const sameKind = (a: Pick<QueueEntry, 'spawn'>, b: Pick<QueueEntry, 'spawn'>): boolean =>
  (a.spawn === null) === (b.spawn === null);
