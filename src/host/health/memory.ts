/** Reads the memory of the machine, and of the control groups that limit it further. */
import { existsSync, readdirSync } from 'node:fs';
import type { GroupFigures, MemoryFigures } from '../../core/health/memory.ts';
import { groupMemory, machineMemory, tightestMemory, tightestSwap } from '../../core/health/memory.ts';
import type { MachineMemory, MemoryReading } from '../../core/health/sample.ts';
import type { CgroupPaths } from './cgroup-paths.ts';
import { numberAfter, readProbe, tryProbe } from './text.ts';

const KIB = 1024;
/** v1 means "no limit" by the largest multiple of a page. */
const UNLIMITED_BYTES = 2 ** 60;

/** Pools of huge pages that old kernels do not add up in /proc/meminfo. */
function otherHugePages(folder: string, usualKib: number | null): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce((sum, name) => {
    const kib = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0);
    return kib === 0 || kib === usualKib ? sum : sum + kib * Number(tryProbe(`${folder}/${name}/nr_hugepages`) ?? 0);
  }, 0);
}

/** Balloon pages from the counters of older kernels, in KiB. */
function ballooned(vmstat: string): number {
  const [inflated, deflated] = ['balloon_inflate ', 'balloon_deflate '].map((key) => numberAfter(vmstat, key) ?? 0);
  return Math.max(0, (inflated as number) - (deflated as number)) * 4;
}

/** The size of the cache of ZFS is in no figure of /proc/meminfo. */
function zfsCache(proc: string): MemoryFigures['zfsCache'] {
  const text = tryProbe(`${proc}/spl/kstat/zfs/arcstats`);
  if (text === null) return null;
  const statistic = (name: string): number | null => {
    const value = new RegExp(`^${name} +\\d+ +(\\d+)$`, 'm').exec(text)?.[1];
    return value === undefined ? null : Number(value);
  };
  const size = statistic('size');
  return size === null ? null : { size, least: statistic('c_min') ?? size };
}

/** Figures for the available memory; those that only lower the total are left out. */
function availableFigures(meminfo: string, proc: string): MemoryFigures {
  const bytes = (key: string): number | null => {
    const kib = numberAfter(meminfo, `${key}:`);
    return kib === null ? null : kib * KIB;
  };
  const kernel = ['PageTables', 'SecPageTables', 'KernelStack', 'Percpu'];
  const hugePages = (numberAfter(meminfo, 'HugePages_Total:') ?? 0) * (bytes('Hugepagesize') ?? 0);
  return {
    total: bytes('MemTotal'),
    available: bytes('MemAvailable'),
    free: bytes('MemFree'),
    buffers: bytes('Buffers'),
    cached: bytes('Cached'),
    shared: bytes('Shmem'),
    anonymous: bytes('AnonPages'),
    slab: bytes('Slab'),
    reclaimableSlab: bytes('SReclaimable'),
    kernel: kernel.reduce((sum, key) => sum + (bytes(key) ?? 0), 0),
    hugePages: Math.max(hugePages, bytes('Hugetlb') ?? 0),
    corrupted: bytes('HardwareCorrupted'),
    ballooned: bytes('Balloon'),
    zfsCache: zfsCache(proc),
  };
}

/** Where the kernel shows memory; other places are for tests. */
export interface MemoryPlaces {
  readonly proc: string;
  readonly hugePages: string;
}

/** All figures of the machine. Throws if /proc/meminfo cannot be read. */
function figuresOf(meminfo: string, { proc, hugePages }: MemoryPlaces): MemoryFigures {
  const figures = availableFigures(meminfo, proc);
  const isSummed = numberAfter(meminfo, 'Hugetlb:') !== null;
  const others = isSummed ? 0 : otherHugePages(hugePages, numberAfter(meminfo, 'Hugepagesize:')) * KIB;
  const vmstat = tryProbe(`${proc}/vmstat`) ?? '';
  // Swap in memory: zram and zswap keep its pages compressed, and only newer kernels name zswap in /proc/meminfo.
  const compressed = Math.max(numberAfter(meminfo, 'Zswap:') ?? 0, (numberAfter(vmstat, 'nr_zspages ') ?? 0) * 4);
  return {
    ...figures,
    kernel: (figures.kernel ?? 0) + compressed * KIB,
    hugePages: (figures.hugePages ?? 0) + others,
    ballooned: figures.ballooned ?? ballooned(vmstat) * KIB,
  };
}

/** The machine without its groups. Throws if the figures cannot be read or believed. */
function believedMemory(figures: MemoryFigures): MachineMemory {
  const memory = machineMemory(figures);
  if (typeof memory === 'string') throw new Error(memory);
  return memory;
}

/** Null without swap. */
function swapMemory(meminfo: string): MemoryReading | null {
  const total = numberAfter(meminfo, 'SwapTotal:') ?? 0;
  const free = numberAfter(meminfo, 'SwapFree:') ?? 0;
  return total === 0 ? null : { totalBytes: total * KIB, availableBytes: Math.min(free, total) * KIB };
}

const numberIn = (path: string): number => Number(tryProbe(path)?.trim() || Number.NaN);
const limitIn = (path: string): number => {
  const bytes = numberIn(path);
  return bytes >= 0 && bytes < UNLIMITED_BYTES ? bytes : Number.POSITIVE_INFINITY;
};

function sumOf(folder: string, keys: readonly string[]): number {
  const text = tryProbe(`${folder}/memory.stat`) ?? '';
  return keys.reduce((sum, key) => sum + (numberAfter(text, `${key} `) ?? 0), 0);
}

const CACHE_V2 = ['inactive_file', 'active_file', 'slab_reclaimable'];
const CACHE_V1 = ['total_inactive_file', 'total_active_file'];

function figuresV2(folder: string): GroupFigures | null {
  const [hard, soft] = [limitIn(`${folder}/memory.max`), limitIn(`${folder}/memory.high`)];
  const limit = Math.min(hard, soft);
  // Most groups have no limit, and every request runs this.
  if (limit === Number.POSITIVE_INFINITY) return null;
  const used = numberIn(`${folder}/memory.current`);
  return { limit, isSoft: soft < hard, used, cache: sumOf(folder, CACHE_V2) };
}

function figuresV1(folder: string): GroupFigures | null {
  const limit = limitIn(`${folder}/memory.limit_in_bytes`);
  if (limit === Number.POSITIVE_INFINITY) return null;
  const used = numberIn(`${folder}/memory.usage_in_bytes`);
  return { limit, isSoft: false, used, cache: sumOf(folder, CACHE_V1) };
}

function swapV2(folder: string): MemoryReading | null {
  const totalBytes = limitIn(`${folder}/memory.swap.max`);
  if (totalBytes === Number.POSITIVE_INFINITY) return null;
  return { totalBytes, availableBytes: totalBytes - (numberIn(`${folder}/memory.swap.current`) || 0) };
}

/** In v1 one limit is for memory, and another for memory and swap together. */
function swapV1(folder: string): MemoryReading | null {
  const both = limitIn(`${folder}/memory.memsw.limit_in_bytes`);
  const memory = limitIn(`${folder}/memory.limit_in_bytes`);
  if (both === Number.POSITIVE_INFINITY || memory === Number.POSITIVE_INFINITY) return null;
  const usedBoth = numberIn(`${folder}/memory.memsw.usage_in_bytes`) || 0;
  const used = numberIn(`${folder}/memory.usage_in_bytes`) || 0;
  const totalBytes = Math.max(0, both - memory);
  return { totalBytes, availableBytes: totalBytes - Math.max(0, usedBoth - used) };
}

/** Groups that limit memory or swap. */
export interface LimitedGroups {
  readonly v2: readonly string[];
  readonly v1: readonly string[];
}

/** Groups with a limit. They change seldom, and reading all groups would cost most of a sample. */
export const limitedGroups = (groups: CgroupPaths): LimitedGroups => ({
  v2: groups.v2.filter((folder) => figuresV2(folder) !== null || swapV2(folder) !== null),
  v1: groups.v1('memory').filter((folder) => figuresV1(folder) !== null),
});

const readingsOf = ({ v2, v1 }: LimitedGroups) =>
  [
    ...v2.map((folder) => ({ folder, figures: figuresV2(folder) })),
    ...v1.map((folder) => ({ folder, figures: figuresV1(folder) })),
  ].flatMap(({ folder, figures }) => {
    const memory = figures === null ? null : groupMemory(figures);
    return memory === null ? [] : [{ folder, memory }];
  });

/** Limits of memory in bytes above this process, as far as any group has one. */
export const memoryLimits = (groups: CgroupPaths): readonly number[] =>
  [...groups.v2.map(figuresV2), ...groups.v1('memory').map(figuresV1)].flatMap((figures) =>
    figures !== null && figures.limit > 0 ? [figures.limit] : [],
  );

export interface MemoryNow {
  readonly memory: MachineMemory;
  readonly swap: MemoryReading | null;
  /** Folder of the group that the memory is read of; null for the machine. */
  readonly folder: string | null;
}

/** Reads memory and swap. Throws if /proc/meminfo cannot be read or believed. */
export function readMemory(places: MemoryPlaces, groups: LimitedGroups): MemoryNow {
  const meminfo = readProbe(`${places.proc}/meminfo`);
  const machine = believedMemory(figuresOf(meminfo, places));
  const readings = readingsOf(groups);
  const memory = tightestMemory(
    machine,
    readings.map((reading) => reading.memory),
  );
  const swaps = [...groups.v2.map(swapV2), ...groups.v1.map(swapV1)].filter((swap) => swap !== null);
  return {
    memory,
    swap: tightestSwap(swapMemory(meminfo), swaps),
    folder: readings.find((reading) => reading.memory === memory)?.folder ?? null,
  };
}

/** Memory for a request: the least that any limit leaves. Throws if /proc/meminfo cannot be read or believed. */
export function readRoom(proc: string, groups: CgroupPaths): MemoryReading {
  const machine = believedMemory(availableFigures(readProbe(`${proc}/meminfo`), proc));
  const all = [machine, ...readingsOf({ v2: groups.v2, v1: groups.v1('memory') }).map(({ memory }) => memory)];
  return {
    totalBytes: Math.min(...all.map(({ totalBytes }) => totalBytes)),
    availableBytes: Math.min(...all.map(({ availableBytes }) => availableBytes)),
  };
}

/** Bytes that count as memory of the machine, but that no program can ever have; 0 where that cannot be read. */
export function readSetApart(places: MemoryPlaces): number {
  const meminfo = tryProbe(`${places.proc}/meminfo`);
  if (meminfo === null) return 0;
  const figures = figuresOf(meminfo, places);
  const memory = machineMemory(figures);
  return typeof memory === 'string' || figures.total === null ? 0 : figures.total - memory.totalBytes;
}
