/** The port to running commands. */
import type { Containment, Run } from '../core/model/lease.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';

export interface RunWish extends Pick<Run, 'memoryBytes' | 'isRetriable'> {
  readonly project: string;
  readonly containment: 'auto' | Containment;
}

/** The containment of a command that is about to start. */
export interface RunPlan {
  readonly run: Run;
  /** The parent folder of its cgroup; null without one. */
  readonly base: string | null;
  /** The wanted containment, if it is not available here. */
  readonly missed: Containment | null;
}

export interface StartRequest {
  readonly plan: RunPlan;
  readonly command: readonly string[];
  readonly memoryBytes: number | null;
  /** Added to the environment of the command. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface RunEnd {
  /** Its exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: number | null;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly peakMemoryBytes: number | null;
  readonly cpuMs: number | null;
  /** Processes that it started still run in its containment. */
  readonly leftBehind: boolean;
}

export interface StartedRun {
  /** Null when it ended before its identity could be read. */
  readonly root: ProcessRef | null;
  folder(): string | null;
  /** The kernel enforces its memory limit. */
  readonly isLimited: boolean;
  /** Ends all its processes, through a process outside of it. */
  end(): void;
  readonly ended: Promise<RunEnd>;
}

/** Starts commands. */
export interface Runner {
  find(command: string): { readonly path: string } | { readonly exit: 126 | 127; readonly why: string };
  plan(wish: RunWish): RunPlan;
  start(request: StartRequest): StartedRun;
}

export type OpenRunner = { openRunner(): Promise<Runner> };
