import type { Instant } from './instants.ts';
import type { Lease } from './lease.ts';
import type { ProcessRef } from './process-ref.ts';
import type { QueueEntry } from './queue-entry.ts';

/** The task list of a session, from which its progress follows. */
export interface TaskCount {
  readonly open: readonly string[];
  readonly done: number;
}

/** A session of an agent program (Claude Code, Codex). */
export interface Session {
  readonly id: string;
  readonly project: string;
  /** The budget of the session's main agent; null for the name made from the session's id. */
  readonly agent: string | null;
  /** Null when the process was not found; such a session ends by its own event or by time. */
  readonly process: ProcessRef | null;
  /** The path of its transcript. */
  readonly transcript: string | null;
  readonly startedAt: Instant;
  readonly tasks: TaskCount;
  /** Agents whose end was counted lately. Their late events must not end the lease of another agent. */
  readonly endedAgents: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Least time between two written signs of life, in milliseconds; each costs a commit. */
export const RENEW_MS = 60_000;

/** The facts of a session that each of its events carries. */
export type SessionFacts = Pick<Session, 'id' | 'project' | 'agent' | 'process' | 'transcript'>;

/** The session with the process that resumed it; null keeps its own process. */
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

/** The lease that was granted for this tool call. */
export const leaseOfToolCall = (leases: readonly Lease[], session: string, toolCall: string | null): Lease | null =>
  toolCall === null
    ? null
    : (leasesOfSession(leases, session).find(({ spawn }) => spawn?.toolCall === toolCall) ?? null);

/** True when both are for agents inside sessions, or neither is. */
export const sameKind = (a: Pick<QueueEntry, 'spawn'>, b: Pick<QueueEntry, 'spawn'>): boolean =>
  (a.spawn === null) === (b.spawn === null);
