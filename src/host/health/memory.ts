/** Memory that is to be had: the machine's, or less where a control group limits it. */
import type { MemoryReading } from '../../core/health/sample.ts';
import type { CgroupPaths } from './cgroup-paths.ts';
import { numberAfter, readProbe, tryProbe } from './text.ts';

const KIB = 1024;
/** What v1 writes for "no limit" is the largest multiple of a page. */
const UNLIMITED_BYTES = 2 ** 60;

/** /proc/meminfo; MemAvailable is missing before Linux 3.14, where free and cached memory come nearest. */
export function machineMemory(meminfo: string): MemoryReading {
  const kib = (key: string): number | null => numberAfter(meminfo, `${key}:`);
  const total = kib('MemTotal');
  if (total === null) throw new Error('it has no MemTotal');
  const available = kib('MemAvailable') ?? (kib('MemFree') ?? 0) + (kib('Buffers') ?? 0) + (kib('Cached') ?? 0);
  return { totalBytes: total * KIB, availableBytes: available * KIB };
}

/** Null where there is no swap. */
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

/** What a limited group may still take: cached files that nobody uses are given back first (as kubelet counts). */
function groupMemory(folder: string, files: LimitFiles): MemoryReading | null {
  const limit = Number(tryProbe(`${folder}/${files.limit}`) ?? Number.NaN);
  // Most groups limit nothing, and this is asked by every request.
  if (!Number.isFinite(limit) || limit >= UNLIMITED_BYTES) return null;
  const usage = Number(tryProbe(`${folder}/${files.usage}`) ?? Number.NaN);
  if (!Number.isFinite(usage)) return null;
  const inactive = numberAfter(tryProbe(`${folder}/memory.stat`) ?? '', `${files.inactive} `) ?? 0;
  return { totalBytes: limit, availableBytes: Math.max(0, limit - Math.max(0, usage - inactive)) };
}

/** The groups that limit memory at all; which they are changes seldom, and asking all of them costs most of a sample. */
export const limitedGroups = ({ v2, memory }: CgroupPaths): Pick<CgroupPaths, 'v2' | 'memory'> => ({
  v2: v2.filter((folder) => groupMemory(folder, V2) !== null),
  memory: memory.filter((folder) => groupMemory(folder, V1) !== null),
});

/** The reading with the least to be had: that of the machine or of any group above this process. */
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

/** Both readings; throws when /proc/meminfo is not to be read. */
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
