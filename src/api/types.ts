/** What programs say and are told about slots. */
import type { SlotsJson } from '../render/json/json.ts';

export interface RequestOptions {
  /** Be content with this many slots. */
  readonly min?: number;
  /** `false` denies what cannot be granted now; by default it is queued. */
  readonly queue?: boolean;
  /** 1 to 10, instead of the priority of the project. */
  readonly priority?: number;
  /** Names of the agents that will use the slots. */
  readonly agents?: readonly string[];
  /** The process whose death gives the slots back; by default this process. `null`: none, then `ttlMs` or release. */
  readonly pid?: number | null;
  /** Milliseconds after which the slots come back in any case. */
  readonly ttlMs?: number;
  /** The lease this is asked from inside of; by default $RESOURCE_MANAGER_LEASE. */
  readonly within?: string | null;
}

export interface WaitOptions extends Omit<RequestOptions, 'queue'> {
  /** Milliseconds; without it the wait has no end. */
  readonly timeoutMs?: number;
  /** Ends the wait; the ticket is withdrawn. */
  readonly signal?: AbortSignal;
}

export interface ReleaseOptions {
  /** How many; without it all that the selection holds. */
  readonly slots?: number;
  /** From this lease only. */
  readonly lease?: string;
  /** Every lease of the project, whoever holds it. */
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
