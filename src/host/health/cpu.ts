/** Processor use between two readings: of the machine, or of a control group's quota if that is smaller. */
import type { CgroupPaths } from './cgroup-paths.ts';
import { everySoOften } from './seldom.ts';
import { numberAfter, readProbe, tryProbe } from './text.ts';

export interface CpuTimes {
  readonly total: number;
  readonly idle: number;
  readonly steal: number;
  readonly cores: number;
}

/** Parses the first line of /proc/stat (proc(5)), in ticks; user time already includes guest time. */
export function parseCpuTimes(stat: string): CpuTimes {
  const line = /^cpu +([\d ]+)$/m.exec(stat)?.[1];
  if (line === undefined) throw new Error('it has no line for all processors');
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/ +/)
    .map(Number);
  const cores = [...stat.matchAll(/^cpu\d+ /gm)].length;
  // Waiting for a disk does not count as busy; time stolen by the host does.
  return {
    total: user + nice + system + idle + iowait + irq + softirq + steal,
    idle: idle + iowait,
    steal,
    cores: Math.max(1, cores),
  };
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

/** Smallest CPU quota, in processors, of the groups above this process, and its folder; null without a quota. */
export function cpuQuota({
  v2,
  cpu,
}: CgroupPaths): { readonly cores: number; readonly usageUs: () => number | null } | null {
  let least: { cores: number; usageUs: () => number | null } | null = null;
  const consider = (quota: number, period: number, usageUs: () => number | null): void => {
    if (!(quota > 0 && period > 0)) return;
    if (least === null || quota / period < least.cores) least = { cores: quota / period, usageUs };
  };
  for (const folder of v2) {
    const [quota, period] = (tryProbe(`${folder}/cpu.max`) ?? '').split(' ').map(Number);
    const usage = (): number | null => numberAfter(tryProbe(`${folder}/cpu.stat`) ?? '', 'usage_usec ');
    consider(quota ?? Number.NaN, period ?? Number.NaN, usage);
  }
  for (const folder of cpu) {
    const quota = Number(tryProbe(`${folder}/cpu.cfs_quota_us`) ?? Number.NaN);
    const account = folder.replace(/\/cpu(?=\/|$)/, '/cpuacct');
    const usage = (): number | null => {
      const ns = Number(tryProbe(`${account}/cpuacct.usage`) ?? Number.NaN);
      return Number.isNaN(ns) ? null : ns / 1000;
    };
    consider(quota, Number(tryProbe(`${folder}/cpu.cfs_period_us`) ?? Number.NaN), usage);
  }
  return least;
}

export interface CpuReading {
  readonly cpuPercent: number | null;
  readonly stealPercent: number | null;
  readonly cores: number;
}

/** Reads the share since the previous call; the first call returns null. Throws if /proc/stat cannot be read. */
export function openCpu(proc: string, groups: CgroupPaths, nowMs: () => number): () => CpuReading {
  let before: CpuTimes | null = null;
  let usedBefore: { us: number; atMs: number } | null = null;
  const quotaNow = everySoOften(() => cpuQuota(groups), nowMs);
  return () => {
    const now = parseCpuTimes(readProbe(`${proc}/stat`));
    const busy = before === null ? null : busyBetween(before, now);
    before = now;
    const quota = quotaNow();
    if (quota === null || quota.cores >= now.cores)
      return { cpuPercent: busy?.cpu ?? null, stealPercent: busy?.steal ?? null, cores: now.cores };
    const us = quota.usageUs();
    const used = us === null ? null : { us, atMs: nowMs() };
    const elapsedUs = used === null || usedBefore === null ? 0 : (used.atMs - usedBefore.atMs) * 1000;
    const cpuPercent =
      used === null || usedBefore === null || elapsedUs <= 0
        ? null
        : percent(used.us - usedBefore.us, elapsedUs * quota.cores);
    usedBefore = used;
    return { cpuPercent, stealPercent: busy?.steal ?? null, cores: Math.max(1, Math.ceil(quota.cores)) };
  };
}
