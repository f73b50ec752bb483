/** Samples of a machine with 10 GiB and 4 cores, healthy by default. */
import { limitsOf } from '../../src/core/health/limits.ts';
import type { MachineSample } from '../../src/core/health/sample.ts';
import { judge } from '../../src/core/health/verdict.ts';
import type { Instant } from '../../src/core/model/instants.ts';
import type { VmLimits, VmState } from '../../src/core/model/state.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings/settings.ts';
import { NOW } from './state.ts';

export const GIB = 2 ** 30;
export const TOTAL = 10 * GIB;

export const LIMITS: VmLimits = { maxCpuPercent: 85, maxMemoryPercent: 90, maxLoadAverage: 16, maxDiskPercent: 90 };

export interface Figures {
  readonly memory?: number | null;
  readonly cpu?: number | null;
  readonly load?: number | null;
  readonly disk?: number | null;
  readonly inodes?: number | null;
  readonly swap?: number;
  readonly memoryFull?: number;
  readonly cpuSome?: number;
  readonly tasks?: number | null;
  readonly isLoadOfHost?: boolean;
  readonly isSoft?: boolean;
  readonly unexplainedBytes?: number;
}

/** A sample taken `seconds` after NOW, from used percentages. */
export function aSample(seconds: number, figures: Figures = {}): MachineSample {
  const { memory = 40, cpu = 20, load = 1, disk = 50, inodes = null, swap, memoryFull, cpuSome } = figures;
  const { tasks = null, isLoadOfHost = false, isSoft = false, unexplainedBytes = 0 } = figures;
  const used = (percent: number) => ({ totalBytes: TOTAL, availableBytes: Math.round(TOTAL * (1 - percent / 100)) });
  return {
    at: (NOW + seconds * 1000) as Instant,
    cpuPercent: cpu,
    stealPercent: 0,
    memory: memory === null ? null : { ...used(memory), unexplainedBytes, isSoft },
    swap: swap === undefined ? null : used(swap),
    loadAverage: load,
    isLoadOfHost,
    tasks: tasks === null ? null : { limit: 100, used: tasks },
    cores: 4,
    disk: disk === null ? null : { path: '/', usedPercent: disk, availableBytes: GIB, inodesUsedPercent: inodes },
    pressure: { cpuSome: cpuSome ?? null, memoryFull: memoryFull ?? null, ioFull: null },
    failures: [],
  };
}

export const judged = (before: VmState, sample: MachineSample): VmState =>
  judge(before, sample, limitsOf(LIMITS, DEFAULT_SETTINGS.monitor, sample.cores), DEFAULT_SETTINGS.monitor);
