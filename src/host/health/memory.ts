/** Available memory of the machine, or of a control group that limits it further. */
import type { MemoryReading } from '../../core/health/sample.ts';
import type { CgroupPaths } from './cgroup-paths.ts';
import { numberAfter, readProbe, tryProbe } from './text.ts';

const KIB = 1024;
/** v1 means "no limit" by the largest multiple of a page. */
const UNLIMITED_BYTES = 2 ** 60;

/** Parses /proc/meminfo; before Linux 3.14, without MemAvailable, free plus cached memory is the nearest figure. */
export function machineMemory(meminfo: string): MemoryReading {
  const kib = (key: string): number | null => numberAfter(meminfo, `${key}:`);
  const total = kib('MemTotal');
  if (total === null) throw new Error('it has no MemTotal');
  const available = kib('MemAvailable') ?? (kib('MemFree') ?? 0) + (kib('Buffers') ?? 0) + (kib('Cached') ?? 0);
  return { totalBytes: total * KIB, availableBytes: available * KIB };
}

/** Null without swap. */
export function swapMemory(meminfo: string): MemoryReading | null {
  const total = numberAfter(meminfo, 'SwapTotal:') ?? 0;
  const free = numberAfter(meminfo, 'SwapFree:') ?? 0;
  return total === 0 ? null : { totalBytes: total * KIB, availableBytes: free * KIB };
}

interface LimitFiles {
  readonly limit: string;
  readonly usage: string;
  readonly inactive: string;
}

const V2: LimitFiles = { limit: 'memory.max', usage: 'memory.current', inactive: 'inactive_file' };
const V1: LimitFiles = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  inactive: 'total_inactive_file',
};

/** Memory that a limited group may still take; inactive cached files count as available, as in kubelet. */
function groupMemory(folder: string, files: LimitFiles): MemoryReading | null {
  const limit = Number(tryProbe(`${folder}/${files.limit}`) ?? Number.NaN);
  // Most groups have no limit, and every request runs this.
  if (!Number.isFinite(limit) || limit >= UNLIMITED_BYTES) return null;
  const usage = Number(tryProbe(`${folder}/${files.usage}`) ?? Number.NaN);
  if (!Number.isFinite(usage)) return null;
  const inactive = numberAfter(tryProbe(`${folder}/memory.stat`) ?? '', `${files.inactive} `) ?? 0;
  return { totalBytes: limit, availableBytes: Math.max(0, limit - Math.max(0, usage - inactive)) };
}

/** Groups with a memory limit. They change seldom, and reading all groups would cost most of a sample. */
export const limitedGroups = ({ v2, memory }: CgroupPaths): Pick<CgroupPaths, 'v2' | 'memory'> => ({
  v2: v2.filter((folder) => groupMemory(folder, V2) !== null),
  memory: memory.filter((folder) => groupMemory(folder, V1) !== null),
});

/** The reading with the least available memory, of the machine or any group above this process. */
export function tightest(machine: MemoryReading, { v2, memory }: Pick<CgroupPaths, 'v2' | 'memory'>): MemoryReading {
  const limited = [
    ...v2.map((folder) => groupMemory(folder, V2)),
    ...memory.map((folder) => groupMemory(folder, V1)),
  ].filter((reading) => reading !== null && reading.totalBytes < machine.totalBytes);
  return limited.reduce<MemoryReading>(
    (least, reading) => (reading !== null && reading.availableBytes < least.availableBytes ? reading : least),
    machine,
  );
}

/** Reads memory and swap; throws if /proc/meminfo cannot be read. */
export function readMemory(
  proc: string,
  groups: Pick<CgroupPaths, 'v2' | 'memory'>,
): {
  memory: MemoryReading;
  swap: MemoryReading | null;
} {
  const meminfo = readProbe(`${proc}/meminfo`);
  return { memory: tightest(machineMemory(meminfo), groups), swap: swapMemory(meminfo) };
}
