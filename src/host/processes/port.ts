import type { ProcessRef } from '../../core/model/process-ref.ts';

/** What a platform can tell about processes. Nothing here ever guesses: what is not known is not dead. */
export interface Processes {
  /** A running process, or null when there is none by that pid or it cannot be looked at. */
  find(pid: number): ProcessRef | null;
  /** Its parent and its arguments, or null. */
  look(pid: number): { readonly parent: number; readonly argv: readonly string[] } | null;
  /** `processKey`s of those that are proved dead: gone, a zombie, another start time, or of an earlier boot. */
  proveDead(refs: readonly ProcessRef[]): ReadonlySet<string>;
}
