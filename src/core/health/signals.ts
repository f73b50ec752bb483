/**
 * Rates one sample for each resource that can run short, by the limits for entering a state and by the lower ones for
 * staying in it. Earlier samples play no part here; the verdict remembers them.
 */
import type { Health } from '../model/state.ts';
import type { MonitorSettings } from '../settings/health.ts';
import type { Limits } from './limits.ts';
import type { MachineSample } from './sample.ts';

export type SignalName = 'memory' | 'swap' | 'cpu' | 'load' | 'disk';

export interface Signal {
  readonly name: SignalName;
  /** Rated by the limits for entering a state. */
  readonly level: Health;
  /** Rated by the limits for leaving: the state lasts while this is as bad. */
  readonly staying: Health;
  /** Time for which `level` must last before it counts. */
  readonly dwellMs: number;
  readonly words: string;
}

const MEMORY_MARGIN = 5;
const CRITICAL_MEMORY_MARGIN = 4;
const CPU_MARGIN = 10;
const CPU_PRESSURE_MARGIN = 20;
const LOAD_LEAVES_AT = 0.75;
const CRITICAL_LOAD_LEAVES_AT = 0.8;
const DISK_MARGIN = 2;
/** Full stalls for this share of the time mean that the machine does little but reclaim memory. */
const MEMORY_STALL_PERCENT = 20;
const SWAP_DEGRADED_PERCENT = 50;
const SWAP_LEAVES_PERCENT = 40;
/** With this much swap left, low memory slows the machine and kills nothing. */
const SWAP_LEFT_PERCENT = 10;
const INODES_DEGRADED_PERCENT = 95;

export const SEVERITY: Readonly<Record<Health, number>> = { healthy: 0, degraded: 1, critical: 2 };

const level = (isCritical: boolean, isDegraded: boolean): Health =>
  isCritical ? 'critical' : isDegraded ? 'degraded' : 'healthy';

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const round = (value: number): number => Math.round(value * 10) / 10;

export const usedPercent = ({ totalBytes, availableBytes }: { totalBytes: number; availableBytes: number }): number =>
  totalBytes <= 0 ? 0 : round(100 * (1 - availableBytes / totalBytes));

function memorySignal(sample: MachineSample, limits: Limits, settings: MonitorSettings): Signal | null {
  if (sample.memory === null) return null;
  const used = usedPercent(sample.memory);
  const stalls = (sample.pressure.memoryFull ?? 0) >= MEMORY_STALL_PERCENT;
  const swapLeft = sample.swap === null ? 0 : 100 - usedPercent(sample.swap);
  const isCriticalAt = (critical: number, low: number): boolean =>
    (used > critical && (swapLeft < SWAP_LEFT_PERCENT || stalls)) || (used > low && stalls);
  return {
    name: 'memory',
    level: level(isCriticalAt(limits.criticalMemoryPercent, limits.memoryPercent), used > limits.memoryPercent),
    staying: level(
      isCriticalAt(
        limits.criticalMemoryPercent - CRITICAL_MEMORY_MARGIN,
        limits.memoryPercent - CRITICAL_MEMORY_MARGIN,
      ),
      used > limits.memoryPercent - MEMORY_MARGIN,
    ),
    dwellMs: settings.memoryDwellMs,
    words: `memory ${used}% used (limit ${limits.memoryPercent}%), ${gib(sample.memory.availableBytes)} left${stalls ? ', work stalls for it' : ''}`,
  };
}

function swapSignal(sample: MachineSample, settings: MonitorSettings): Signal | null {
  if (sample.swap === null) return null;
  const used = usedPercent(sample.swap);
  return {
    name: 'swap',
    level: level(false, used > SWAP_DEGRADED_PERCENT),
    staying: level(false, used > SWAP_LEAVES_PERCENT),
    dwellMs: settings.memoryDwellMs,
    words: `swap ${used}% used`,
  };
}

function cpuSignal(sample: MachineSample, limits: Limits, settings: MonitorSettings): Signal | null {
  if (sample.cpuPercent === null) return null;
  const waits = sample.pressure.cpuSome;
  const steal = sample.stealPercent ?? 0;
  const isOver = (busy: number, pressure: number): boolean =>
    (sample.cpuPercent as number) > busy || (waits !== null && waits >= pressure);
  return {
    name: 'cpu',
    level: level(false, isOver(limits.cpuPercent, settings.cpuPressurePercent)),
    staying: level(false, isOver(limits.cpuPercent - CPU_MARGIN, settings.cpuPressurePercent - CPU_PRESSURE_MARGIN)),
    dwellMs: settings.cpuDwellMs,
    words: `CPU ${round(sample.cpuPercent)}% busy (limit ${limits.cpuPercent}%)${waits === null ? '' : `, work waits for it ${Math.round(waits)}% of the time`}${steal >= 10 ? `, ${Math.round(steal)}% taken by the host` : ''}`,
  };
}

function loadSignal(sample: MachineSample, limits: Limits, settings: MonitorSettings): Signal | null {
  if (sample.loadAverage === null) return null;
  const load = sample.loadAverage;
  return {
    name: 'load',
    level: level(load > limits.criticalLoadAverage, load > limits.loadAverage),
    staying: level(
      load > limits.criticalLoadAverage * CRITICAL_LOAD_LEAVES_AT,
      load > limits.loadAverage * LOAD_LEAVES_AT,
    ),
    dwellMs: settings.loadDwellMs,
    words: `load ${round(load)} (limit ${limits.loadAverage})`,
  };
}

function diskSignal(sample: MachineSample, limits: Limits, settings: MonitorSettings): Signal | null {
  if (sample.disk === null) return null;
  const { path, usedPercent: used, inodesUsedPercent } = sample.disk;
  const inodes = inodesUsedPercent ?? 0;
  return {
    name: 'disk',
    level: level(used > limits.criticalDiskPercent, used > limits.diskPercent || inodes > INODES_DEGRADED_PERCENT),
    staying: level(
      used > limits.criticalDiskPercent - DISK_MARGIN,
      used > limits.diskPercent - DISK_MARGIN || inodes > INODES_DEGRADED_PERCENT - DISK_MARGIN,
    ),
    dwellMs: settings.diskDwellMs,
    words:
      inodes > INODES_DEGRADED_PERCENT
        ? `disk of ${path} has ${round(inodes)}% of its inodes used`
        : `disk of ${path} ${round(used)}% used (limit ${limits.diskPercent}%)`,
  };
}

/** Signals of the figures that could be read, the most urgent kind first. */
export function signalsOf(sample: MachineSample, limits: Limits, settings: MonitorSettings): readonly Signal[] {
  return [
    memorySignal(sample, limits, settings),
    swapSignal(sample, settings),
    diskSignal(sample, limits, settings),
    loadSignal(sample, limits, settings),
    cpuSignal(sample, limits, settings),
  ].filter((signal) => signal !== null);
}

/** True when a figure that every machine has could not be read; then no state improves. */
export const isPartlyUnknown = (sample: MachineSample): boolean =>
  sample.memory === null || sample.cpuPercent === null || sample.loadAverage === null || sample.disk === null;
