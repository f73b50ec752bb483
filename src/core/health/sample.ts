import type { Instant } from '../model/instants.ts';

/** How much of a memory is there and how much of it is to be had without pushing anything out. */
export interface MemoryReading {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

export interface DiskReading {
  /** The file system that is fullest, by where it is mounted or looked at. */
  readonly path: string;
  /** Used of what ordinary users may use, as `df` counts. */
  readonly usedPercent: number;
  readonly availableBytes: number;
  /** Null where the file system has no fixed number of inodes. */
  readonly inodesUsedPercent: number | null;
}

/** Share of the time since the last sample in which work stood still for want of something, 0 to 100. */
export interface PressureReading {
  readonly cpuSome: number | null;
  readonly memoryFull: number | null;
  readonly ioFull: number | null;
}

/**
 * The machine (or the container, where that is less) at one moment. Null is "not known", never "none": what is not
 * known holds everything as it is.
 */
export interface MachineSample {
  readonly at: Instant;
  /** Busy share of all processors since the last sample; null for the first. */
  readonly cpuPercent: number | null;
  /** Share of the time that the host gave to other guests; fewer agents would not help. */
  readonly stealPercent: number | null;
  readonly memory: MemoryReading | null;
  /** Null where there is no swap as well as where it is not known. */
  readonly swap: MemoryReading | null;
  /** Over the last minute. */
  readonly loadAverage: number | null;
  readonly cores: number;
  readonly disk: DiskReading | null;
  readonly pressure: PressureReading;
  /** What could not be read and why, one line each. */
  readonly failures: readonly string[];
}
