/**
 * Samples a Linux machine from /proc, control groups and statfs: 0.1 ms a sample, no child process. A failed probe does
 * not affect the others.
 */

import type { DiskReading, MachineSample } from '../../core/health/sample.ts';
import type { Instant } from '../../core/model/instants.ts';
import { messageOf, orElse } from '../../errors.ts';
import type { HealthProbe, MemoryProbe } from '../../ports/health.ts';
import { cgroupPaths } from './cgroup-paths.ts';
import { type CpuReading, openCpu } from './cpu.ts';
import { openDisk, type Statfs } from './disk.ts';
import { limitedGroups, type MemoryNow, readMemory, readRoom } from './memory.ts';
import { openPressure } from './pressure.ts';
import { everySoOften } from './seldom.ts';
import { readTasks } from './tasks.ts';
import { readProbe } from './text.ts';

export const HUGE_PAGES = '/sys/kernel/mm/hugepages';

export interface LinuxHealthOptions {
  readonly proc?: string;
  readonly cgroup?: string;
  readonly hugePages?: string;
  /** Folders whose file systems must not fill up. */
  readonly paths: readonly string[];
  readonly now: () => Instant;
  readonly statfs?: Statfs;
}

const NO_CPU: CpuReading = { cpuPercent: null, stealPercent: null, cores: 1, isLoadOfHost: false, quota: null };
const NO_MEMORY: { readonly [key in keyof MemoryNow]: MemoryNow[key] | null } = {
  memory: null,
  swap: null,
  folder: null,
};

export function linuxHealth({
  proc = '/proc',
  cgroup = '/sys/fs/cgroup',
  hugePages = HUGE_PAGES,
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
          failures.push(`${probe}: ${messageOf(error)}`);
          return instead;
        }
      };
      const at = now();
      const { quota, ...cpu } = tried(`${proc}/stat`, readCpu, NO_CPU);
      const places = { proc, hugePages };
      const { memory, swap, folder } = tried(`${proc}/meminfo`, () => readMemory(places, limited()), NO_MEMORY);
      const readLoad = (): number | null => loadIn(readProbe(`${proc}/loadavg`));
      const loadAverage = cpu.isLoadOfHost ? null : tried(`${proc}/loadavg`, readLoad, null);
      const pressure = readPressure({ memory: folder, quota, set: cpu.isLoadOfHost ? (groups.v2[0] ?? '') : null });
      const tasks = readTasks(groups);
      let disk: DiskReading | null = null;
      try {
        disk = await readDisk();
      } catch (error) {
        failures.push(`disk: ${messageOf(error)}`);
      }
      return { at, ...cpu, memory, swap, loadAverage, tasks, disk, pressure, failures };
    },
  };
}

function loadIn(text: string): number {
  const load = Number.parseFloat(text);
  if (!(load >= 0)) throw new Error('it does not begin with a number');
  return load;
}

/** Available memory alone, for commands that may grant. */
export function linuxMemory(proc = '/proc', cgroup = '/sys/fs/cgroup'): MemoryProbe {
  return () => orElse(() => readRoom(proc, cgroupPaths(proc, cgroup)), null);
}
