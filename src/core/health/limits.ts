import type { VmLimits } from '../model/state.ts';
import { CRITICAL_DISK_POINTS, CRITICAL_POINTS, type MonitorSettings } from '../settings/health.ts';
import { DEFAULT_VM_LIMITS, LOAD_PER_CORE } from '../settings/slots-file.ts';

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

/** With the default limits 3 % of the memory is available. */
const HARD_POINTS = 3;
const CRITICAL_LOAD_FACTOR = 1.5;
const MOST_PERCENT = 99;

export function limitsOf(limits: VmLimits, settings: MonitorSettings, cores: number): Limits {
  const memoryPercent = limits.maxMemoryPercent ?? DEFAULT_VM_LIMITS.maxMemoryPercent;
  const criticalMemoryPercent =
    settings.criticalMemoryPercent ?? Math.min(MOST_PERCENT, memoryPercent + CRITICAL_POINTS);
  const loadAverage = limits.maxLoadAverage ?? LOAD_PER_CORE * cores;
  const diskPercent = limits.maxDiskPercent ?? DEFAULT_VM_LIMITS.maxDiskPercent;
  return {
    cpuPercent: limits.maxCpuPercent ?? DEFAULT_VM_LIMITS.maxCpuPercent,
    memoryPercent,
    criticalMemoryPercent,
    hardMemoryPercent: Math.min(MOST_PERCENT, criticalMemoryPercent + HARD_POINTS),
    loadAverage,
    criticalLoadAverage: loadAverage * CRITICAL_LOAD_FACTOR,
    diskPercent,
    criticalDiskPercent: settings.criticalDiskPercent ?? Math.min(MOST_PERCENT, diskPercent + CRITICAL_DISK_POINTS),
  };
}
