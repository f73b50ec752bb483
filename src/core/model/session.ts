import type { Instant } from './instants.ts';
import type { Lease } from './lease.ts';
import type { ProcessRef } from './process-ref.ts';
import type { QueueEntry } from './queue-entry.ts';

/** Tasks of a session, for its progress. */
export interface TaskCount {
  readonly open: readonly string[];
  readonly done: number;
}

/** A session of an agent program (Claude Code, Codex). */
export interface Session {
  readonly id: string;
  readonly project: string;
  /** The name of its own line of work in the budgets; null for the name that is made of its id. */
  readonly agent: string | null;
  /** Null for a process that was not found; such a session ends by its own event or by time. */
  readonly process: ProcessRef | null;
  /** The path of its transcript. */
  readonly transcript: string | null;
  readonly startedAt: Instant;
  readonly tasks: TaskCount;
  /** The latest agents whose end was counted. Events that come later must not end the lease of another agent. */
  readonly endedAgents: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A sign of life is written only this long after the one before: each costs a commit. */
export const RENEW_MS = 60_000;

/** The part of a session that its own events carry. */
export type SessionFacts = Pick<Session, 'id' | 'project' | 'agent' | 'process' | 'transcript'>;

/** The same session, which another process may have resumed; null leaves it with its own. */
export const resumedBy = (session: SessionFacts, process: ProcessRef | null): SessionFacts =>
  process === null ? session : { ...session, process };

export const NO_TASKS: TaskCount = { open: [], done: 0 };

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
