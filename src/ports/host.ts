/** The ports to processes by their identity, and to the environment of this one. */
import type { ProcessRef } from '../core/model/process-ref.ts';

/** Environment variables of a process. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What a command may learn about processes. */
export interface Host {
  /** This very process. */
  self(): ProcessRef;
  /** A running process by pid, or null. */
  process(pid: number): ProcessRef | null;
  /** The long-lived process that a command run from here acts for, or null when there is none but init. */
  caller(): ProcessRef | null;
}

/** What a platform can tell about processes. Nothing here ever guesses: what is not known is not dead. */
export interface Processes {
  /** A running process, or null when there is none by that pid or it cannot be looked at. */
  find(pid: number): ProcessRef | null;
  /** Its parent and its arguments, or null. */
  look(pid: number): { readonly parent: number; readonly argv: readonly string[] } | null;
  /** `processKey`s of those that are proved dead: gone, a zombie, another start time, or of an earlier boot. */
  proveDead(refs: readonly ProcessRef[]): ReadonlySet<string>;
}

export type ProcessEnvironment = { readonly env: Variables };

/** For a command that stays: spend no memory on being fast. */
export type StayLean = { stayLean(): Promise<void> };
