import type { LeaseId, TicketId } from './ids.ts';
import type { Instant } from './instants.ts';
import type { ProcessRef } from './process-ref.ts';

/** One agent that works under a lease, as far as anyone has said. */
export interface Agent {
  readonly name: string;
  readonly pid: number | null;
  /** 0 to 100. */
  readonly progress: number | null;
  readonly phase: string | null;
  /** Keys that a person or a newer version wrote; carried through unchanged. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/**
 * Slots that were granted and not yet given back.
 *
 * | from | event | to |
 * |---|---|---|
 * | (queue) | the cycle grants it to a waiting process | undelivered (`waiter` set) |
 * | (request) | the cycle grants it at once, or an offer is taken | held |
 * | undelivered | the waiter has told its caller | held |
 * | undelivered | the waiter died before it could tell | gone, after `claim_within` |
 * | held | release, holder proved dead, `expiresAt` passed | gone |
 */
export interface Lease {
  readonly id: LeaseId;
  readonly project: string;
  /** Slots taken from the pool. What the pool has given out is always the sum of these. */
  readonly slots: number;
  /** Slots used inside the parent lease, on top of `slots`; they are counted there. */
  readonly within: number;
  readonly parent: LeaseId | null;
  /** The process whose death gives the slots back; null for a detached lease. */
  readonly holder: ProcessRef | null;
  /** Null when a person wrote the lease by hand and left it out. */
  readonly acquiredAt: Instant | null;
  readonly expiresAt: Instant | null;
  readonly agents: readonly Agent[];
  /** The ticket it came from, kept while its waiter has not yet told its caller. */
  readonly ticket: TicketId | null;
  readonly waiter: ProcessRef | null;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** All slots an occupant may use: its own and those inside its parent. */
export const leaseSize = (lease: Lease): number => lease.slots + lease.within;
