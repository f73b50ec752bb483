/** Processor use between two readings: of the machine, of the processors of a set, or of a quota if that is smaller. */
import type { CgroupPaths } from './cgroup-paths.ts';
import { allowedProcessors, type CpuQuota, cpuQuota } from './processors.ts';
import { everySoOften } from './seldom.ts';
import { readProbe } from './text.ts';

export interface CpuTimes {
  readonly total: number;
  readonly idle: number;
  readonly steal: number;
  readonly cores: number;
}

function timesOf(line: string): Omit<CpuTimes, 'cores'> {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/ +/)
    .map(Number);
  // Waiting for a disk does not count as busy; time stolen by the host does.
  return { total: user + nice + system + idle + iowait + irq + softirq + steal, idle: idle + iowait, steal };
}

/**
 * Parses /proc/stat (proc(5)), in ticks; user time already includes guest time. With `allowed` only those processors
 * count, if the kernel shows each of them. Throws without a line for all processors.
 */
export function parseCpuTimes(stat: string, allowed: ReadonlySet<number> | null = null): CpuTimes {
  const line = /^cpu +([\d ]+)$/m.exec(stat)?.[1];
  if (line === undefined) throw new Error('it has no line for all processors');
  const cores = [...stat.matchAll(/^cpu(\d+) +([\d ]+)$/gm)].map(([, number, times]) => ({
    number: Number(number),
    times: times as string,
  }));
  const own = allowed === null ? [] : cores.filter(({ number }) => allowed.has(number));
  if (allowed === null || own.length < allowed.size || own.length === cores.length)
    return { ...timesOf(line), cores: Math.max(1, cores.length) };
  const none = { total: 0, idle: 0, steal: 0 };
  const sum = own.reduce((all, { times }) => {
    const { total, idle, steal } = timesOf(times);
    return { total: all.total + total, idle: all.idle + idle, steal: all.steal + steal };
  }, none);
  return { ...sum, cores: own.length };
}

const percent = (part: number, whole: number): number => Math.min(100, Math.max(0, (100 * part) / whole));

/** Busy and stolen share between two readings; null if no time has passed or the counters went back. */
export function busyBetween(before: CpuTimes, now: CpuTimes): { cpu: number; steal: number } | null {
  const total = now.total - before.total;
  if (total <= 0) return null;
  // Idle time may decrease a little (proc(5) on iowait).
  const idle = Math.max(0, now.idle - before.idle);
  return { cpu: percent(total - idle, total), steal: percent(Math.max(0, now.steal - before.steal), total) };
}

export interface CpuReading {
  readonly cpuPercent: number | null;
  readonly stealPercent: number | null;
  readonly cores: number;
  /** The processors are a part of a larger machine, whose load average the kernel shows. */
  readonly isLoadOfHost: boolean;
  readonly quota: CpuQuota | null;
}

interface Use {
  readonly us: number;
  readonly atMs: number;
}

/** Reads the share since the previous call; the first call returns null. Throws if /proc/stat cannot be read. */
export function openCpu(proc: string, groups: CgroupPaths, nowMs: () => number): () => CpuReading {
  let before: CpuTimes | null = null;
  let usedBefore: Use | null = null;
  const limits = everySoOften(() => ({ quota: cpuQuota(groups), allowed: allowedProcessors(proc, groups) }), nowMs);
  return () => {
    const { quota, allowed } = limits();
    const stat = readProbe(`${proc}/stat`);
    const now = parseCpuTimes(stat, allowed);
    const busy = before === null || before.cores !== now.cores ? null : busyBetween(before, now);
    before = now;
    // A container may see its processors under other numbers (lxcfs).
    const isRenumbered = allowed !== null && [...allowed].every((number) => !stat.includes(`\ncpu${number} `));
    const isPart = isRenumbered || now.cores < parseCpuTimes(stat).cores;
    const reading = { stealPercent: busy?.steal ?? null, isLoadOfHost: isPart || quota !== null, quota };
    if (quota === null || quota.cores >= now.cores)
      return { ...reading, cpuPercent: busy?.cpu ?? null, cores: now.cores };
    const us = quota.usageUs();
    const used = us === null ? null : { us, atMs: nowMs() };
    const elapsedUs = used === null || usedBefore === null ? 0 : (used.atMs - usedBefore.atMs) * 1000;
    const cpuPercent =
      used === null || usedBefore === null || elapsedUs <= 0
        ? null
        : percent(used.us - usedBefore.us, elapsedUs * quota.cores);
    usedBefore = used;
    return { ...reading, cpuPercent, cores: Math.max(1, Math.ceil(quota.cores)) };
  };
}
