/**
 * Samples a Linux machine from /proc, control groups and statfs: 0.1 ms a sample, no child process. A failed probe does
 * not affect the others.
 */

import type { DiskReading, MachineSample, MemoryReading } from '../../core/health/sample.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { HealthProbe, MemoryProbe } from '../../ports/health.ts';
import { cgroupPaths } from './cgroup-paths.ts';
import { type CpuReading, openCpu } from './cpu.ts';
import { openDisk, type Statfs } from './disk.ts';
import { limitedGroups, readMemory } from './memory.ts';
import { openPressure } from './pressure.ts';
import { everySoOften } from './seldom.ts';
import { readProbe } from './text.ts';

export interface LinuxHealthOptions {
  readonly proc?: string;
  readonly cgroup?: string;
  /** Folders whose file systems must not fill up. */
  readonly paths: readonly string[];
  readonly now: () => Instant;
  readonly statfs?: Statfs;
}

const NO_CPU: CpuReading = { cpuPercent: null, stealPercent: null, cores: 1 };

export const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function linuxHealth({
  proc = '/proc',
  cgroup = '/sys/fs/cgroup',
  paths,
  now,
  statfs,
}: LinuxHealthOptions): HealthProbe {
  const groups = cgroupPaths(proc, cgroup);
  const readCpu = openCpu(proc, groups, now);
  const limited = everySoOften(() => limitedGroups(groups), now);
  const readPressure = openPressure(proc, now);
  const readDisk = openDisk(paths, now, statfs);
  return {
    async sample(): Promise<MachineSample> {
      const failures: string[] = [];
      const tried = <T>(probe: string, read: () => T, instead: T): T => {
        try {
          return read();
        } catch (error) {
          failures.push(`${probe}: ${whyOf(error)}`);
          return instead;
        }
      };
      const at = now();
      const cpu = tried(`${proc}/stat`, readCpu, NO_CPU);
      const none: { memory: MemoryReading | null; swap: MemoryReading | null } = { memory: null, swap: null };
      const { memory, swap } = tried(`${proc}/meminfo`, () => readMemory(proc, limited()), none);
      const loadAverage = tried(`${proc}/loadavg`, () => loadIn(readProbe(`${proc}/loadavg`)), null);
      const pressure = readPressure();
      let disk: DiskReading | null = null;
      try {
        disk = await readDisk();
      } catch (error) {
        failures.push(`disk: ${whyOf(error)}`);
      }
      return { at, ...cpu, memory, swap, loadAverage, disk, pressure, failures };
    },
  };
}

function loadIn(text: string): number {
  const load = Number.parseFloat(text);
  if (Number.isNaN(load)) throw new Error('it does not begin with a number');
  return load;
}

/** Available memory alone, for commands that may grant. */
export function linuxMemory(proc = '/proc', cgroup = '/sys/fs/cgroup'): MemoryProbe {
  return () => {
    try {
      return readMemory(proc, cgroupPaths(proc, cgroup)).memory;
    } catch {
      return null;
    }
  };
}
