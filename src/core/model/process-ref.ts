/**
 * A process named so that it cannot be mistaken for another: a bare pid is reused within minutes on a
 * busy machine, pid + start time + boot is not.
 */
export interface ProcessRef {
  readonly pid: number;
  /** Start time as the kernel counts it (clock ticks since boot on Linux, epoch seconds elsewhere). */
  readonly started: number;
  /** Which boot of the machine it ran in; null in files written by hand, then only pid and start time decide. */
  readonly boot: string | null;
  /** The pid namespace its pid is counted in; null where there is none or none was recorded. */
  readonly ns: number | null;
  /** What it was called when it was recorded; for people, never for matching. */
  readonly command: string | null;
}

/** One string per process, equal exactly when two references mean the same process. */
export const processKey = (ref: ProcessRef): string => `${ref.pid}.${ref.started}.${ref.boot ?? ''}.${ref.ns ?? ''}`;

export const sameProcess = (a: ProcessRef | null, b: ProcessRef | null): boolean =>
  a === b || (a !== null && b !== null && processKey(a) === processKey(b));
