/**
 * Identity of a process. A bare pid is reused within minutes on a busy machine; pid + start time + boot is unique.
 */
export interface ProcessRef {
  readonly pid: number;
  /** Start time as the kernel counts it (clock ticks since boot on Linux, epoch seconds elsewhere). */
  readonly started: number;
  /** Boot id; null in files written by hand, and then only pid and start time count. */
  readonly boot: string | null;
  /** Pid namespace of the pid; null if there is none or none was recorded. */
  readonly ns: number | null;
  /** Process name when it was recorded; for people, never for matching. */
  readonly command: string | null;
}

/** One string per process; two references to the same process have equal strings. */
export const processKey = (ref: ProcessRef): string => `${ref.pid}.${ref.started}.${ref.boot ?? ''}.${ref.ns ?? ''}`;

export const sameProcess = (a: ProcessRef | null, b: ProcessRef | null): boolean =>
  a === b || (a !== null && b !== null && processKey(a) === processKey(b));
