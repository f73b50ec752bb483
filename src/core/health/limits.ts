import type { VmLimits } from '../model/state.ts';
import type { MonitorSettings } from '../settings/health.ts';

/** Limits of one machine: the configured ones, or the defaults. Percentages refer to the total of each resource. */
export interface Limits {
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly criticalMemoryPercent: number;
  /** Above this, the next process tree is ended at once. */
  readonly hardMemoryPercent: number;
  readonly loadAverage: number;
  readonly criticalLoadAverage: number;
  readonly diskPercent: number;
  readonly criticalDiskPercent: number;
}

const DEFAULT_CPU_PERCENT = 85;
const DEFAULT_MEMORY_PERCENT = 90;
const DEFAULT_DISK_PERCENT = 90;
const DEFAULT_LOAD_PER_CORE = 2;

/** With the default limit of 90 %: 6 % and 3 % available, where kubelet, earlyoom and Ray begin to act. */
const CRITICAL_POINTS = 4;
const HARD_POINTS = 3;
const CRITICAL_DISK_POINTS = 7;
const CRITICAL_LOAD_FACTOR = 1.5;
const MOST_PERCENT = 99;

export function limitsOf(limits: VmLimits, settings: MonitorSettings, cores: number): Limits {
  const memoryPercent = limits.maxMemoryPercent ?? DEFAULT_MEMORY_PERCENT;
  const criticalMemoryPercent =
    settings.criticalMemoryPercent ?? Math.min(MOST_PERCENT, memoryPercent + CRITICAL_POINTS);
  const loadAverage = limits.maxLoadAverage ?? DEFAULT_LOAD_PER_CORE * cores;
  const diskPercent = limits.maxDiskPercent ?? DEFAULT_DISK_PERCENT;
  return {
    cpuPercent: limits.maxCpuPercent ?? DEFAULT_CPU_PERCENT,
    memoryPercent,
    criticalMemoryPercent,
    hardMemoryPercent: Math.min(MOST_PERCENT, criticalMemoryPercent + HARD_POINTS),
    loadAverage,
    criticalLoadAverage: loadAverage * CRITICAL_LOAD_FACTOR,
    diskPercent,
    criticalDiskPercent: settings.criticalDiskPercent ?? Math.min(MOST_PERCENT, diskPercent + CRITICAL_DISK_POINTS),
  };
}
