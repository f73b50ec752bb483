/** The ports to finding processes and ending them. */
import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';
import type { Findings, Found, Skipped } from '../core/reap/find.ts';
import type { HeldRuns } from '../core/reap/held-marks.ts';
import type { ClaudeSession } from '../core/reap/process-row.ts';
import type { Target } from '../core/reap/targets.ts';
import type { Other } from '../core/reap/veto.ts';

export interface EndTreesOptions {
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** Kill at once, without SIGTERM: there is no time left. */
  readonly isHard: boolean;
  /** Reads again which processes must be spared; called after each look at the processes, so that a run which starts meanwhile is. */
  readonly others: () => Promise<readonly Other[]>;
  /** Checked during the grace: true if there is no time left any more. */
  readonly isHardNow?: () => boolean;
}

export interface EndedTrees {
  readonly terminated: readonly Found[];
  readonly skipped: readonly Skipped[];
  /** Processes that SIGKILL did not end. */
  readonly survivors: readonly Found[];
}

/** Processes of a run whose lease has ended. */
export interface Orphans {
  readonly mark: string;
  /** Project of the run, if its mark names one. */
  readonly project: string | null;
  readonly target: Target;
  readonly findings: Findings;
}

/** Processes that a Claude session has left behind. */
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

/** Reads the leases as they are now. */
export type ReadLeases = () => Promise<HeldRuns>;

/** Finds and ends the processes of leases. */
export interface Reaper {
  /** Finds the processes of a target. Rejects when processes cannot be listed, so that an empty result is a proof. */
  look(target: Target): Promise<Findings>;
  end(target: Target, options: EndTreesOptions): Promise<EndedTrees>;
  /** Processes of runs that have no lease any more. The leases are read after the processes. */
  orphans(leases: ReadLeases): Promise<readonly Orphans[]>;
  /** Processes of ended Claude sessions that may be ended. The state is read after the processes. */
  sessionOrphans(readState: () => Promise<State>): Promise<readonly SessionOrphans[]>;
  /** Removes the cgroups and files of ended runs. */
  sweep(leases: ReadLeases): Promise<void>;
  /** Records the process tree of each run without a cgroup. */
  record(leases: readonly Lease[]): Promise<void>;
  /** The processes of each lease and the memory that ending them would free, in one look at the machine. */
  survey(leases: readonly Lease[], all: readonly Lease[]): Promise<readonly Surveyed[]>;
  /** Stops a target's processes, or continues them. Resolves to their pids. */
  hold(target: Target, isStopped: boolean): Promise<readonly number[]>;
}

export type OpenReaper = { openReaper(): Promise<Reaper> };
