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

/** Boot and pid namespace, which make a pid and a start time comparable; null is not known. */
export type Place = Pick<ProcessRef, 'boot' | 'ns'>;

export const NOWHERE: Place = { boot: null, ns: null };

const differs = (a: string | number | null, b: string | number | null): boolean => a !== null && b !== null && a !== b;

/** True for a process of this boot in another pid namespace: nobody here can see whether it lives. */
export const isElsewhere = (ref: Place, here: Place): boolean =>
  differs(ref.ns, here.ns) && !differs(ref.boot, here.boot);

/** False for a process of another boot or pid namespace, whichever process has its pid here. */
export const isOfHere = (ref: Place, here: Place): boolean =>
  !differs(ref.ns, here.ns) && !differs(ref.boot, here.boot);

/** One string per process; two references to the same process have equal strings. */
export const processKey = (ref: ProcessRef): string => `${ref.pid}.${ref.started}.${ref.boot ?? ''}.${ref.ns ?? ''}`;

export const sameProcess = (a: ProcessRef | null, b: ProcessRef | null): boolean =>
  a === b || (a !== null && b !== null && processKey(a) === processKey(b));
