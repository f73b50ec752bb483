import type { LeaseId, TicketId } from './ids.ts';
import { elapsedMs, type Instant } from './instants.ts';
import type { ProcessRef } from './process-ref.ts';

/** An agent that works under a lease, as far as it is named. */
export interface Agent {
  readonly name: string;
  readonly pid: number | null;
  /** Percent, 0 to 100. */
  readonly progress: number | null;
  readonly phase: string | null;
  /** Time of its last progress report. */
  readonly progressAt: Instant | null;
  /** Keys that a person or a newer version wrote; carried through unchanged. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Method by which the processes of a run are found again. */
export const CONTAINMENTS = ['cgroup', 'scope', 'ledger'] as const;
export type Containment = (typeof CONTAINMENTS)[number];

/** Record of the command that `run` starts under a lease. */
export interface Run {
  readonly containment: Containment;
  /** The cgroup's folder, for `cgroup` and `scope`; null for `ledger`. */
  readonly folder: string | null;
  /** Random mark of this run, in the environment of the command and its descendants. */
  readonly mark: string;
  /** One number for each slot: the lowest from 1 that no other run has. */
  readonly numbers: readonly number[];
  /** The command's own process; null until it is started. */
  readonly root: ProcessRef | null;
  /** Value of `--memory` in bytes. */
  readonly memoryBytes: number | null;
  /** The command can be killed and started again without loss, so it is ended before others. */
  readonly isRetriable: boolean;
}

/**
 * An agent that works inside a session (a coroutine or thread of it). It has no process of its own: its lease lives by
 * hooks and transcripts, and ends with the session's process at the latest.
 *
 * | from | event | to |
 * |---|---|---|
 * | (request) | the spawning tool call was let through | unbound |
 * | (request) | an agent without a lease is at work (resumed, or its lease ended early) | bound |
 * | unbound | the call's answer, or the agent itself, names the agent | bound |
 * | bound, unbound | a hook, its transcript or a tool of it gives a sign of life | the same, heard now |
 * | bound, unbound | it stops; its session does not list it at a turn's end; silence; the session ends; time is up | gone |
 */
export interface Spawn {
  /** The session's own id. */
  readonly session: string;
  /** The tool call that started it; null for an agent that resumed without one. */
  readonly toolCall: string | null;
  /** Null until an event names the agent. */
  readonly agentId: string | null;
  /** Another agent started it, so the session's turn does not count it. */
  readonly isNested: boolean;
  /** Its last sign of life, as far as it was written. */
  readonly heardAt: Instant;
}

/**
 * The cause of an ending: the agent's budget (the run's own wrapper ends it), a machine short of memory, a person, or a
 * wrapper that was killed.
 */
export const ENDING_CAUSES = ['budget', 'machine', 'person', 'abandoned'] as const;
export type EndingCause = (typeof ENDING_CAUSES)[number];

/** The processes of a lease are being ended; its slots become free when they are seen gone. */
export interface Ending {
  readonly since: Instant;
  /** For people; no decision reads it. */
  readonly why: string;
  readonly by: EndingCause;
}

/** The process that ends a tree may be killed itself; after this long the ending no longer counts. */
const ENDING_AT_MOST_MS = 2 * 60_000;

export const isBeingEnded = ({ since }: Ending, now: Instant): boolean => elapsedMs(since, now) < ENDING_AT_MOST_MS;

/** The cause that a record names. Records written before causes were named say in words that a budget was used up. */
export const causeIn = (by: unknown, why: string): EndingCause =>
  ENDING_CAUSES.find((cause) => cause === by) ?? (why.startsWith('budget: ') ? 'budget' : 'person');

/**
 * Slots that were granted and not yet released.
 *
 * | from | event | to |
 * |---|---|---|
 * | (queue) | the cycle grants it to a waiting process | undelivered (`waiter` set) |
 * | (request) | the cycle grants it at once, or an offer is taken | held |
 * | undelivered | the waiter confirms that its caller knows | held |
 * | undelivered | the waiter died before it confirmed | gone, after `claim_within` |
 * | held | release, holder proved dead, `expiresAt` passed | gone |
 * | held | chosen to be ended (critical machine, `resource-kill`) | ending |
 * | ending | its processes are seen gone | gone |
 *
 * A lease of `run` outlives the wrapper as long as the command lives: a slot is free only when its user is gone.
 */
export interface Lease {
  readonly id: LeaseId;
  readonly project: string;
  /** Slots taken from the pool; the pool's slots in use are the sum of these. */
  readonly slots: number;
  /** Slots used inside the parent lease, in addition to `slots`; they are counted there. */
  readonly within: number;
  readonly parent: LeaseId | null;
  /** The process whose death gives the slots back; null for a detached lease. */
  readonly holder: ProcessRef | null;
  /** Null when a person wrote the lease by hand and left it out. */
  readonly acquiredAt: Instant | null;
  readonly expiresAt: Instant | null;
  readonly agents: readonly Agent[];
  /** The ticket it came from, kept until its waiter confirms. */
  readonly ticket: TicketId | null;
  readonly waiter: ProcessRef | null;
  /** Set only for a lease of `run`. */
  readonly run: Run | null;
  /** Set exactly when it is of an agent inside a session. */
  readonly spawn: Spawn | null;
  readonly ending: Ending | null;
  /** Time at which its processes were stopped to slow memory growth. */
  readonly pausedAt: Instant | null;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A wrapper records its command within a second; the guard of a killed one ends the command in this time. */
const STARTING_AT_MOST_MS = 5_000;

/** True if a run without a recorded command may have one: its wrapper started a moment ago, and may have been killed since. */
export const mayHaveStarted = ({ run, acquiredAt }: Lease, now: Instant): boolean =>
  run !== null && run.root === null && acquiredAt !== null && elapsedMs(acquiredAt, now) < STARTING_AT_MOST_MS;

/** All slots that the holder may use: those from the pool and those inside the parent. */
export const leaseSize = (lease: Lease): number => lease.slots + lease.within;
