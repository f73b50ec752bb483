import type { Instant } from '../model/instants.ts';

/** Total memory, and the part that can still be had, in bytes. */
export interface MemoryReading {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** Memory of the machine or of the group that limits it most. */
export interface MachineMemory extends MemoryReading {
  /** Memory that counts as used, but that the kernel names no user for; 0 where that is little. */
  readonly unexplainedBytes: number;
  /** The limit is one at which the kernel slows work down and kills nothing. */
  readonly isSoft: boolean;
}

/** Processes and threads of the group with the least room for more. */
export interface TaskReading {
  readonly limit: number;
  readonly used: number;
}

export interface DiskReading {
  /** The fullest file system, named by its mount point or by the path that was asked about. */
  readonly path: string;
  /** Used share of the space that ordinary users may use, as `df` counts. */
  readonly usedPercent: number;
  readonly availableBytes: number;
  /** Null where the file system has no fixed number of inodes. */
  readonly inodesUsedPercent: number | null;
}

/** Share of the time since the last sample in which work stalled for lack of a resource, 0 to 100. */
export interface PressureReading {
  readonly cpuSome: number | null;
  readonly memoryFull: number | null;
  readonly ioFull: number | null;
}

/**
 * The machine (or the container, where that is smaller) at one moment. Null means "not known", never "none"; an unknown
 * figure leaves every decision as it is.
 */
export interface MachineSample {
  readonly at: Instant;
  /** Busy share of all processors since the last sample; null for the first. */
  readonly cpuPercent: number | null;
  /** Share of the time that the host gave to other guests; ending agents does not lower it. */
  readonly stealPercent: number | null;
  readonly memory: MachineMemory | null;
  /** Null without swap, and when swap is not known. */
  readonly swap: MemoryReading | null;
  /** Over the last minute; null also where it is not that of this container. */
  readonly loadAverage: number | null;
  /** The kernel shows this container the load of its whole host, which says nothing about it. */
  readonly isLoadOfHost: boolean;
  readonly cores: number;
  /** Null without a limit. */
  readonly tasks: TaskReading | null;
  readonly disk: DiskReading | null;
  readonly pressure: PressureReading;
  /** One line for each probe that failed: the probe and the cause. */
  readonly failures: readonly string[];
}
