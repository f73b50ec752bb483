/**
 * Memory of the machine as it is: what the kernel counts as used but gives back on demand is available, what no program
 * can ever have is no part of the total, and what nobody is named for is doubted.
 */
import type { MachineMemory, MemoryReading } from './sample.ts';

/** Figures of the kernel in bytes; null where this kernel does not report one. */
export interface MemoryFigures {
  readonly total: number | null;
  readonly available: number | null;
  readonly free: number | null;
  readonly buffers: number | null;
  readonly cached: number | null;
  readonly shared: number | null;
  /** Mapped memory of programs. */
  readonly anonymous: number | null;
  readonly slab: number | null;
  readonly reclaimableSlab: number | null;
  /** Page tables, kernel stacks, memory of each processor, and swap that is kept compressed in memory. */
  readonly kernel: number | null;
  /** Pools of huge pages of all sizes, in use or not. */
  readonly hugePages: number | null;
  /** Pages that failed and are no longer used. */
  readonly corrupted: number | null;
  /** Memory that a balloon driver gave back to the host. */
  readonly ballooned: number | null;
  /** Cache of ZFS, and the size to which it shrinks when memory is asked for. */
  readonly zfsCache: { readonly size: number; readonly least: number } | null;
}

/** Limits and use of one control group in bytes. */
export interface GroupFigures {
  readonly limit: number;
  /** Above the limit the kernel slows the group down, and kills nothing. */
  readonly isSoft: boolean;
  readonly used: number;
  /** Cached files and other memory inside `used` that the kernel takes back on demand. */
  readonly cache: number;
}

/** Nameless memory below this share is normal: buffers of drivers and of the network. */
const NAMELESS_SHARE = 0.25;
/** Two figures of one kernel are read a moment apart. */
const SLACK = 1.02;

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Memory that no program can ever have: huge pages, failed pages, and what a balloon took out of the total. */
export function neverBytes({ hugePages, corrupted, ballooned }: MemoryFigures, namelessBytes: number): number {
  // Some balloon drivers lower the total themselves; then nothing nameless is left to take out again.
  return (hugePages ?? 0) + (corrupted ?? 0) + Math.min(ballooned ?? 0, namelessBytes);
}

/** Memory that counts as used and belongs to nothing that the kernel names; infinite where it names too little. */
function namelessBytes({ total, free, buffers, cached, anonymous, slab, kernel, hugePages }: MemoryFigures): number {
  if (total === null || anonymous === null) return Number.POSITIVE_INFINITY;
  const named = [free, buffers, cached, anonymous, slab, kernel, hugePages];
  return Math.max(
    0,
    named.reduce<number>((left, bytes) => left - (bytes ?? 0), total),
  );
}

/** The memory of the machine, or the reason why the figures cannot be believed. */
export function machineMemory(figures: MemoryFigures): MachineMemory | string {
  const { total, free, buffers, cached, shared, reclaimableSlab, slab, zfsCache } = figures;
  if (total === null || total <= 0) return 'it has no MemTotal';
  // Before Linux 3.14 there is no MemAvailable. Shared memory is in the cache, but cannot be dropped.
  const dropped = (buffers ?? 0) + Math.max(0, (cached ?? 0) - (shared ?? 0)) + (reclaimableSlab ?? 0);
  const said = figures.available ?? (free === null ? null : free + dropped);
  if (said === null) return 'it has neither MemAvailable nor MemFree';
  if (said > total * SLACK) return `${gib(said)} are available of ${gib(total)} in total`;
  const nameless = namelessBytes(figures);
  // Old versions of ZFS keep the cache in slabs. A cache that has no place here is that of the host of a container.
  const spare = zfsCache === null ? 0 : Math.max(0, zfsCache.size - zfsCache.least);
  const shrinks = Math.min(spare, nameless + Math.max(0, (slab ?? 0) - (reclaimableSlab ?? 0)), total - said);
  const unexplained = Math.max(0, nameless - (zfsCache?.size ?? 0));
  const never = neverBytes(figures, unexplained);
  const usable = total - never;
  const available = said + shrinks;
  if (usable <= 0 || available > usable * SLACK)
    return `${gib(available)} are available of ${gib(total)}, of which ${gib(never)} are set apart`;
  const doubted = Number.isFinite(unexplained) ? unexplained - Math.min(figures.ballooned ?? 0, unexplained) : 0;
  return {
    totalBytes: usable,
    availableBytes: Math.min(available, usable),
    unexplainedBytes: doubted >= total * NAMELESS_SHARE ? doubted : 0,
    isSoft: false,
  };
}

/** Memory that a limited group may still take; null for a limit that limits nothing. */
export function groupMemory({ limit, isSoft, used, cache }: GroupFigures): MachineMemory | null {
  if (!(limit > 0) || !(used >= 0)) return null;
  const availableBytes = Math.min(limit, Math.max(0, limit - Math.max(0, used - Math.max(0, cache))));
  return { totalBytes: limit, availableBytes, unexplainedBytes: 0, isSoft };
}

/** The reading with the least available memory: of the machine, or of a group that is smaller than the machine. */
export function tightestMemory(machine: MachineMemory, groups: readonly (MachineMemory | null)[]): MachineMemory {
  return groups.reduce<MachineMemory>(
    (least, group) =>
      group !== null && group.totalBytes < machine.totalBytes && group.availableBytes < least.availableBytes
        ? group
        : least,
    machine,
  );
}

/** Swap that the tightest of all limits leaves; null without any. */
export function tightestSwap(machine: MemoryReading | null, groups: readonly MemoryReading[]): MemoryReading | null {
  if (machine === null) return null;
  const totalBytes = Math.min(machine.totalBytes, ...groups.map((group) => group.totalBytes));
  const availableBytes = Math.min(machine.availableBytes, ...groups.map((group) => group.availableBytes));
  return totalBytes <= 0 ? null : { totalBytes, availableBytes: Math.min(totalBytes, Math.max(0, availableBytes)) };
}
