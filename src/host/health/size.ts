/** Size of the machine or container, for a new pool and for the limits that `integrate` writes. */
import { availableParallelism, totalmem } from 'node:os';
import type { MachineSize } from '../../core/sizing.ts';
import { cgroupPaths } from './cgroup-paths.ts';
import { HUGE_PAGES } from './linux.ts';
import { memoryLimits, readSetApart } from './memory.ts';
import { cpuQuota, setProcessors } from './processors.ts';
import { taskLimit } from './tasks.ts';

export interface SizePlaces {
  readonly proc?: string;
  readonly cgroup?: string;
  readonly hugePages?: string;
  /** Processors of the system, as Node sees them. */
  readonly parallelism?: number;
  /** Bytes of memory of the system, as Node sees them. */
  readonly totalBytes?: number;
  readonly uid?: number;
}

/** The least that any limit leaves. A figure that cannot be read limits nothing. */
export function readSize({
  proc = '/proc',
  cgroup = '/sys/fs/cgroup',
  hugePages = HUGE_PAGES,
  parallelism = availableParallelism(),
  totalBytes = totalmem(),
  uid = process.geteuid?.() ?? 0,
}: SizePlaces = {}): MachineSize {
  const groups = cgroupPaths(proc, cgroup);
  const quota = cpuQuota(groups)?.cores ?? parallelism;
  const set = setProcessors(groups)?.size ?? parallelism;
  return {
    cores: Math.min(parallelism, quota, set),
    memoryBytes: Math.min(totalBytes - readSetApart({ proc, hugePages }), ...memoryLimits(groups)),
    tasks: taskLimit(proc, groups, uid),
  };
}
