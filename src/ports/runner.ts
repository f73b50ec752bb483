/** The port to running commands. */
import type { Containment, Run } from '../core/model/lease.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';

export interface RunWish extends Pick<Run, 'memoryBytes' | 'isRetriable'> {
  readonly project: string;
  readonly containment: 'auto' | Containment;
}

/** How a command is going to be contained. */
export interface RunPlan {
  readonly run: Run;
  /** The folder below which its group is made; null without one. */
  readonly base: string | null;
  /** What was wanted and is not to be had here. */
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
  /** Something that it started lives on in its containment. */
  readonly leftBehind: boolean;
}

export interface StartedRun {
  /** Null when it was over before anyone could look. */
  readonly root: ProcessRef | null;
  folder(): string | null;
  /** The kernel holds it to its memory. */
  readonly isLimited: boolean;
  /** Has everything that it started ended, by a process outside of it. */
  end(): void;
  readonly ended: Promise<RunEnd>;
}

/** Starting commands. */
export interface Runner {
  find(command: string): { readonly path: string } | { readonly exit: 126 | 127; readonly why: string };
  plan(wish: RunWish): RunPlan;
  start(request: StartRequest): StartedRun;
}

export type OpenRunner = { openRunner(): Promise<Runner> };
