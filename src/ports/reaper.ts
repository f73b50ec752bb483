/** The ports to finding processes and ending them. */
import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';
import type { Findings, Found, Skipped } from '../core/reap/find.ts';
import type { ClaudeSession } from '../core/reap/process-row.ts';
import type { Target } from '../core/reap/targets.ts';

export interface EndTreesOptions {
  /** How long they may take to end by themselves. */
  readonly graceMs: number;
  /** Not even asked first: there is no time left. */
  readonly isHard: boolean;
  /** Asked while waiting: whether time has run out meanwhile. */
  readonly isHardNow?: () => boolean;
}

export interface EndedTrees {
  readonly terminated: readonly Found[];
  readonly skipped: readonly Skipped[];
  /** Still there in spite of everything. */
  readonly survivors: readonly Found[];
}

/** Runs of this state whose lease is gone while something of theirs lives on. */
export interface Orphans {
  readonly mark: string;
  /** Whose it was, as far as its mark tells. */
  readonly project: string | null;
  readonly target: Target;
  readonly findings: Findings;
}

/** What a Claude session that is gone has left behind. */
export interface SessionOrphans {
  readonly session: ClaudeSession;
  readonly target: Target;
  readonly findings: Findings;
}

export interface Surveyed {
  readonly lease: Lease;
  readonly findings: Findings;
  readonly memoryBytes: number;
}

/** Finding and ending the processes of leases. */
export interface Reaper {
  /** What would be ended. Rejects when the processes cannot be listed: nothing seen is not nothing there. */
  look(target: Target): Promise<Findings>;
  end(target: Target, options: EndTreesOptions): Promise<EndedTrees>;
  /** Leftovers of runs that the state does not know any more. */
  orphans(leases: readonly Lease[]): Promise<readonly Orphans[]>;
  /** What Claude sessions that are gone have left behind, as far as it may be ended. */
  sessionOrphans(state: State): Promise<readonly SessionOrphans[]>;
  /** Removes what is left of the containments of runs that are over. */
  sweep(leases: readonly Lease[]): void;
  /** Writes down what is below each run that no cgroup holds. */
  record(leases: readonly Lease[]): Promise<void>;
  /** Each of some leases with what is below it and how much memory that would free; one look at the machine. */
  survey(leases: readonly Lease[], all: readonly Lease[]): Promise<readonly Surveyed[]>;
  /** Stops a target's processes, or lets them go on. */
  hold(target: Target, isStopped: boolean): Promise<void>;
}

export type OpenReaper = { openReaper(): Promise<Reaper> };
