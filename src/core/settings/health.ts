/** When the machine counts as strained, in numbers a person may set. */

export interface MonitorSettings {
  /** Longest time between two samples; less as headroom shrinks. */
  readonly intervalMs: number;
  /** Memory used from which the machine is critical; null: `CRITICAL_POINTS` above `max_memory_percent`. */
  readonly criticalMemoryPercent: number | null;
  /** Disk used from which nothing new is started; null: `CRITICAL_DISK_POINTS` above `max_disk_percent`. */
  readonly criticalDiskPercent: number | null;
  /** Share of time some task waited for a processor that counts as strain, where the kernel tells. */
  readonly cpuPressurePercent: number;
  /** How long it has to last before it counts. */
  readonly memoryDwellMs: number;
  readonly cpuDwellMs: number;
  readonly loadDwellMs: number;
  readonly diskDwellMs: number;
  /** How long it has to be better before degraded is left, and critical. */
  readonly recoverMs: number;
  readonly relieveMs: number;
  /** Time between two changes of capacity, down and up. */
  readonly stepDownMs: number;
  readonly stepUpMs: number;
  /** Least time between ending two process trees. */
  readonly cooldownMs: number;
  /** How long a tree may take to end by itself once it was asked to. */
  readonly graceMs: number;
  /** Trees smaller than this are not worth ending. */
  readonly leastReclaimBytes: number;
  /** Stop the lowest in priority while memory falls fast. */
  readonly pause: boolean;
  /** A stopped tree goes on after this long in any case. */
  readonly pauseAtMostMs: number;
  /** Folder in which the monitor keeps its metrics for a collector of text files; null: it keeps none. */
  readonly textfile: string | null;
}

export interface AutoScale {
  readonly enabled: boolean;
  /** Capacity is never reduced below this. */
  readonly floor: number;
  /** Capacity is never raised above this; null: `max_slots`. */
  readonly ceiling: number | null;
}

const MIB = 2 ** 20;

/** A sample older than this says nothing about now, and samples further apart are no series. */
export const SAMPLE_STALE_MS = 5 * 60_000;

/** Each from the table of defaults that the trusted out-of-memory daemons converge on. */
export const DEFAULT_MONITOR: MonitorSettings = {
  intervalMs: 30_000,
  criticalMemoryPercent: null,
  criticalDiskPercent: null,
  cpuPressurePercent: 60,
  memoryDwellMs: 10_000,
  cpuDwellMs: 30_000,
  // The load is an average over a minute already.
  loadDwellMs: 10_000,
  diskDwellMs: 10_000,
  recoverMs: 60_000,
  relieveMs: 15_000,
  stepDownMs: 30_000,
  stepUpMs: 60_000,
  cooldownMs: 15_000,
  graceMs: 10_000,
  leastReclaimBytes: 64 * MIB,
  pause: false,
  pauseAtMostMs: 120_000,
  textfile: null,
};

export const DEFAULT_AUTO_SCALE: AutoScale = { enabled: true, floor: 1, ceiling: null };

export const DEFAULT_SLOT_MEMORY_BYTES = 600 * MIB;
