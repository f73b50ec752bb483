/** Options and answers of the slot calls. */
import type { SlotsJson } from '../render/json/json.ts';

export interface RequestOptions {
  /** Accept this many slots when not all are free. */
  readonly min?: number;
  /** `false` denies a request that cannot be granted now; by default it is queued. */
  readonly queue?: boolean;
  /** 1 to 10; by default the priority of the project. */
  readonly priority?: number;
  /** Names of the agents that will use the slots. */
  readonly agents?: readonly string[];
  /** Holder of the slots, by default this process; its death releases them. Without one (`null`), `ttlMs` or release does. */
  readonly pid?: number | null;
  /** Milliseconds after which the lease ends in any case. */
  readonly ttlMs?: number;
  /** The lease that the requester runs under; by default $RESOURCE_MANAGER_LEASE. */
  readonly within?: string | null;
}

export interface WaitOptions extends Omit<RequestOptions, 'queue'> {
  /** Milliseconds; without it the wait has no end. */
  readonly timeoutMs?: number;
  /** Ends the wait; the ticket is withdrawn. */
  readonly signal?: AbortSignal;
}

export interface ReleaseOptions {
  /** Number of slots; by default all slots of the selection. */
  readonly slots?: number;
  /** From this lease only. */
  readonly lease?: string;
  /** Every lease of the project, of all holders. */
  readonly all?: boolean;
}

export interface ReleaseAnswer {
  readonly released: number;
  readonly slots: SlotsJson;
}

export interface SetMaxAnswer {
  readonly previous: number;
  readonly max: number;
  readonly canProceed: readonly string[];
}
