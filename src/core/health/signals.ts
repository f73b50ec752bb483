/**
 * Rates one sample for each resource that can run short, by the limits for entering a state and by the lower ones for
 * staying in it. Earlier samples play no part here; the verdict remembers them.
 */
import type { Health } from '../model/state.ts';
import type { MonitorSettings } from '../settings/health.ts';
import type { Limits } from './limits.ts';
import type { MachineMemory, MachineSample } from './sample.ts';

export type SignalName = 'memory' | 'unexplained-memory' | 'stall' | 'swap' | 'tasks' | 'cpu' | 'load' | 'disk';

export interface Signal {
  readonly name: SignalName;
  /** Rated by the limits for entering a state. */
  readonly level: Health;
  /** Rated by the limits for leaving: the state lasts while this is as bad. */
  readonly staying: Health;
  /** Time for which `level` must last before it counts. */
  readonly dwellMs: number;
  readonly words: string;
  /** Mark below which the strain ends, in words. */
  readonly until: string;
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
const MEMORY_STALL_LEAVES_PERCENT = 10;
/** With less memory in use, only groups with a small limit of their own can stall. */
const STALLS_COUNT_ABOVE_PERCENT = 50;
const SWAP_DEGRADED_PERCENT = 50;
const SWAP_LEAVES_PERCENT = 40;
/** With this much swap left, low memory slows the machine and kills nothing. */
const SWAP_LEFT_PERCENT = 10;
const INODES_DEGRADED_PERCENT = 95;
const TASKS_DEGRADED_PERCENT = 90;
const TASKS_CRITICAL_PERCENT = 97;
const TASKS_MARGIN = 5;
/** The share that the host takes is named from here on. */
const STEAL_NAMED_PERCENT = 10;

export const SEVERITY: Readonly<Record<Health, number>> = { healthy: 0, degraded: 1, critical: 2 };

const level = (isCritical: boolean, isDegraded: boolean): Health =>
  isCritical ? 'critical' : isDegraded ? 'degraded' : 'healthy';

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const round = (value: number): number => Math.round(value * 10) / 10;

export const usedPercent = ({ totalBytes, availableBytes }: { totalBytes: number; availableBytes: number }): number =>
  totalBytes <= 0 ? 0 : round(100 * (1 - availableBytes / totalBytes));

/** Used share if the memory that nobody is named for were free. */
const explainedPercent = ({ totalBytes, availableBytes, unexplainedBytes }: MachineMemory): number =>
  usedPercent({ totalBytes, availableBytes: availableBytes + unexplainedBytes });

function memorySignal(sample: MachineSample, limits: Limits, settings: MonitorSettings): Signal | null {
  const { memory, swap, pressure } = sample;
  if (memory === null) return null;
  const used = usedPercent(memory);
  const stalls = (pressure.memoryFull ?? 0) >= MEMORY_STALL_PERCENT;
  const swapLeft = swap === null ? 0 : 100 - usedPercent(swap);
  const runsOut = swapLeft < SWAP_LEFT_PERCENT && !memory.isSoft;
  const isCriticalAt = (critical: number, low: number): boolean =>
    (used > critical && (runsOut || stalls)) || (used > low && stalls);
  const entering = level(isCriticalAt(limits.criticalMemoryPercent, limits.memoryPercent), used > limits.memoryPercent);
  const limit = entering === 'critical' && !stalls ? limits.criticalMemoryPercent : limits.memoryPercent;
  // Ending agents frees only memory that somebody has: where the figures do not say who, nobody is ended.
  const isDoubted = memory.unexplainedBytes > 0 && explainedPercent(memory) <= limits.criticalMemoryPercent;
  return {
    name: isDoubted ? 'unexplained-memory' : 'memory',
    level: entering,
    staying: level(
      isCriticalAt(
        limits.criticalMemoryPercent - CRITICAL_MEMORY_MARGIN,
        limits.memoryPercent - CRITICAL_MEMORY_MARGIN,
      ),
      used > limits.memoryPercent - MEMORY_MARGIN,
    ),
    dwellMs: settings.memoryDwellMs,
    words: `memory ${used}% used (limit ${limit}%), ${gib(memory.availableBytes)} left${stalls && entering === 'critical' ? ', work stalls for it' : ''}${isDoubted ? `, ${gib(memory.unexplainedBytes)} used by nothing that the kernel names: no agent is ended for it` : ''}`,
    until: `${limits.memoryPercent - MEMORY_MARGIN}%`,
  };
}

/** Work that stalls for memory although some is left: the machine all but stands still, whatever is available. */
function stallSignal({ memory, pressure }: MachineSample, settings: MonitorSettings): Signal | null {
  if (memory === null || pressure.memoryFull === null) return null;
  const stalled = pressure.memoryFull;
  const isLow = usedPercent(memory) > STALLS_COUNT_ABOVE_PERCENT;
  return {
    name: 'stall',
    level: level(isLow && stalled >= MEMORY_STALL_PERCENT, false),
    staying: level(isLow && stalled >= MEMORY_STALL_LEAVES_PERCENT, false),
    dwellMs: settings.memoryDwellMs / 2,
    words: `all work stalls for memory ${round(stalled)}% of the time (limit ${MEMORY_STALL_PERCENT}%)`,
    until: `${MEMORY_STALL_LEAVES_PERCENT}%`,
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
    words: `swap ${used}% used (limit ${SWAP_DEGRADED_PERCENT}%)`,
    until: `${SWAP_LEAVES_PERCENT}%`,
  };
}

/** Names the limit that is exceeded: busy processors, work that waits for one, or both. */
function cpuSignal(sample: MachineSample, limits: Limits, settings: MonitorSettings): Signal | null {
  const busy = sample.cpuPercent;
  if (busy === null) return null;
  const waits = sample.pressure.cpuSome ?? 0;
  const steal = sample.stealPercent ?? 0;
  const [leavesBusy, leavesWaits] = [
    limits.cpuPercent - CPU_MARGIN,
    Math.max(1, settings.cpuPressurePercent - CPU_PRESSURE_MARGIN),
  ];
  const isEntered = busy > limits.cpuPercent || isWaiting(waits, settings.cpuPressurePercent);
  const [busyMark, waitsMark] = isEntered
    ? [limits.cpuPercent, settings.cpuPressurePercent]
    : [leavesBusy, leavesWaits];
  const parts = [
    busy > busyMark ? [`CPU ${round(busy)}% busy (limit ${limits.cpuPercent}%)`] : [],
    isWaiting(waits, waitsMark)
      ? [
          `work waits for a processor ${Math.round(waits)}% of the time (limit ${settings.cpuPressurePercent}%, monitor.cpu_pressure_percent)`,
        ]
      : [],
    steal >= STEAL_NAMED_PERCENT ? [`${Math.round(steal)}% taken by the host`] : [],
  ].flat();
  return {
    name: 'cpu',
    level: level(false, isEntered),
    staying: level(false, busy > leavesBusy || isWaiting(waits, leavesWaits)),
    dwellMs: settings.cpuDwellMs,
    words: parts.join(', '),
    until: [
      busy > leavesBusy ? [`${leavesBusy}% busy`] : [],
      isWaiting(waits, leavesWaits) ? [`${leavesWaits}% waiting`] : [],
    ]
      .flat()
      .join(' and '),
  };
}

const isWaiting = (waits: number, mark: number): boolean => waits > 0 && waits >= mark;

function loadSignal(sample: MachineSample, limits: Limits, settings: MonitorSettings): Signal | null {
  if (sample.loadAverage === null) return null;
  const load = sample.loadAverage;
  const isCritical = load > limits.criticalLoadAverage;
  return {
    name: 'load',
    level: level(isCritical, load > limits.loadAverage),
    staying: level(
      load > limits.criticalLoadAverage * CRITICAL_LOAD_LEAVES_AT,
      load > limits.loadAverage * LOAD_LEAVES_AT,
    ),
    dwellMs: settings.loadDwellMs,
    words: `load ${round(load)} (limit ${isCritical ? `${limits.loadAverage}, critical above ${round(limits.criticalLoadAverage)}` : limits.loadAverage})`,
    until: `${round(limits.loadAverage * LOAD_LEAVES_AT)}`,
  };
}

/** A group that may start no more processes breaks what runs in it; nobody is ended for that. */
function taskSignal({ tasks }: MachineSample, settings: MonitorSettings): Signal | null {
  if (tasks === null) return null;
  const used = (100 * tasks.used) / tasks.limit;
  return {
    name: 'tasks',
    level: level(used > TASKS_CRITICAL_PERCENT, used > TASKS_DEGRADED_PERCENT),
    staying: level(used > TASKS_CRITICAL_PERCENT - TASKS_MARGIN, used > TASKS_DEGRADED_PERCENT - TASKS_MARGIN),
    dwellMs: settings.memoryDwellMs,
    words: `${tasks.used} of ${tasks.limit} processes and threads in use (limit ${used > TASKS_CRITICAL_PERCENT ? TASKS_CRITICAL_PERCENT : TASKS_DEGRADED_PERCENT}%)`,
    until: `${TASKS_DEGRADED_PERCENT - TASKS_MARGIN}%`,
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
        ? `disk of ${path} has ${round(inodes)}% of its inodes used (limit ${INODES_DEGRADED_PERCENT}%)`
        : `disk of ${path} ${round(used)}% used (limit ${used > limits.criticalDiskPercent ? limits.criticalDiskPercent : limits.diskPercent}%)`,
    until:
      inodes > INODES_DEGRADED_PERCENT
        ? `${INODES_DEGRADED_PERCENT - DISK_MARGIN}%`
        : `${limits.diskPercent - DISK_MARGIN}%`,
  };
}

/** Signals of the figures that could be read, the most urgent kind first. */
export function signalsOf(sample: MachineSample, limits: Limits, settings: MonitorSettings): readonly Signal[] {
  return [
    memorySignal(sample, limits, settings),
    stallSignal(sample, settings),
    swapSignal(sample, settings),
    taskSignal(sample, settings),
    diskSignal(sample, limits, settings),
    loadSignal(sample, limits, settings),
    cpuSignal(sample, limits, settings),
  ].filter((signal) => signal !== null);
}

/** True when a figure that every machine has could not be read; then no state improves. */
export const isPartlyUnknown = (sample: MachineSample): boolean =>
  sample.memory === null ||
  sample.cpuPercent === null ||
  (sample.loadAverage === null && !sample.isLoadOfHost) ||
  sample.disk === null;
