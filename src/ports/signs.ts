/** The port to signs of life of agents inside sessions. */
import type { Signs } from '../core/hooks/silence.ts';
import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';

/** Signs of life of agents inside sessions. */
export interface SignReader {
  /** Reads their transcripts and the processes below their sessions. Rejects when processes cannot be listed. */
  look(leases: readonly Lease[], state: State): Promise<Signs>;
}

export type OpenSigns = { openSigns(): Promise<SignReader> };
