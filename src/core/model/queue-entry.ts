import type { Reason } from '../reason.ts';
import type { LeaseId, TicketId } from './ids.ts';
import type { Instant } from './instants.ts';
import type { Run, Spawn } from './lease.ts';
import type { ProcessRef } from './process-ref.ts';

/** A request as answers name it. */
export type SlotRequest = Pick<QueueEntry, 'project' | 'slots' | 'minSlots' | 'run'>;

/**
 * A request that could not be granted yet. The queue array is in order of arrival.
 *
 * | state | sign | next |
 * |---|---|---|
 * | attended | `waiter` is alive | granted at once when it is its turn |
 * | absent | no `waiter` | offered when it is its turn |
 * | offered | `offeredUntil` set, `offeredSlots` set aside | granted when asked again; lapsed when the time is up |
 * | lapsed | `lapsedAt` set: an offer ended, its waiter died, or a session was told to come back | keeps its place, is passed over until asked again |
 */
export interface QueueEntry {
  readonly ticket: TicketId;
  readonly project: string;
  readonly slots: number;
  readonly minSlots: number;
  /** Value of `--priority`; null means the project's own. */
  readonly priority: number | null;
  readonly queuedAt: Instant;
  /** Future holder of the slots; null for a detached request. */
  readonly holder: ProcessRef | null;
  /** Process that waits for the answer, if any. */
  readonly waiter: ProcessRef | null;
  readonly agents: readonly string[];
  readonly ttlMs: number | null;
  /** Lease that the request was made from, if any. */
  readonly parent: LeaseId | null;
  readonly offeredUntil: Instant | null;
  readonly offeredSlots: number;
  readonly lapsedAt: Instant | null;
  /** Why it waits, as of the last commit; null while it is offered or passed over. */
  readonly reason: Reason | null;
  /** The reason that decides, where it is that of a request before it; else null. */
  readonly binding: Reason | null;
  /** Command that `run` starts after the grant. */
  readonly run: Run | null;
  /** The agent inside a session that it is asked for. */
  readonly spawn: Spawn | null;
  readonly extra: Readonly<Record<string, unknown>>;
}
