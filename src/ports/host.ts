/** The ports to processes by their identity, and to the environment of this one. */
import type { ProcessRef } from '../core/model/process-ref.ts';

/** Environment variables of a process. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The processes that a command acts for. */
export interface Host {
  /** This process. */
  self(): ProcessRef;
  /** A running process by pid, or null. */
  process(pid: number): ProcessRef | null;
  /** The nearest long-lived ancestor of this process; null when that one outlives every job. */
  caller(): ProcessRef | null;
  /** True for a running process that outlives every job, such as an init or a cron daemon. */
  outlivesJobs(pid: number): boolean;
}

/** Processes by identity on this platform. It never guesses: an unknown process does not count as dead. */
export interface Processes {
  /** The running process with that pid; null if there is none or it cannot be inspected. */
  find(pid: number): ProcessRef | null;
  /** Its parent, its session (null where the platform names none) and its arguments, or null. */
  look(
    pid: number,
  ): { readonly parent: number; readonly session: number | null; readonly argv: readonly string[] } | null;
  /** `processKey`s of processes that are proved dead: gone, a zombie, with another start time, or of an earlier boot. */
  proveDead(refs: readonly ProcessRef[]): ReadonlySet<string>;
}

export type ProcessEnvironment = { readonly env: Variables };

/** For a command that stays: spend no memory on being fast. */
export type StayLean = { stayLean(): Promise<void> };

/** The log of the system. */
export type SystemLog = { logToSystem(line: string): void };
