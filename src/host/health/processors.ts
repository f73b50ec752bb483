/** Processors that this process may use: those of its sets and its affinity, and the part that a quota leaves of them. */
import type { CgroupPaths } from './cgroup-paths.ts';
import { numberAfter, tryProbe } from './text.ts';

/** Processor numbers of a list like `0-3,8`; null for none. */
export function listedProcessors(text: string): ReadonlySet<number> | null {
  const numbers = new Set<number>();
  for (const [, from, to] of text.matchAll(/(\d{1,5})(?:-(\d{1,5}))?/g))
    for (let at = Number(from); at <= Number(to ?? from); at += 1) numbers.add(at);
  return numbers.size === 0 ? null : numbers;
}

/** Numbers that both lists have. Two views of different machines share none; then the first counts. */
function shared(a: ReadonlySet<number> | null, b: ReadonlySet<number> | null): ReadonlySet<number> | null {
  if (a === null || b === null) return a ?? b;
  const both = new Set([...b].filter((number) => a.has(number)));
  return both.size === 0 ? a : both;
}

/** Processors of the sets above this process; null without a set. */
export function setProcessors(groups: CgroupPaths): ReadonlySet<number> | null {
  const files = [
    ...groups.v2.map((folder) => [`${folder}/cpuset.cpus.effective`]),
    ...groups.v1('cpuset').map((folder) => [`${folder}/cpuset.effective_cpus`, `${folder}/cpuset.cpus`]),
  ];
  const texts = files.map((names) => names.map(tryProbe).find((text) => text !== null && text.trim() !== ''));
  return texts.map((text) => listedProcessors(text ?? '')).reduce(shared, null);
}

/** Processors of the sets above this process and of its affinity; null if nothing names them. */
export function allowedProcessors(proc: string, groups: CgroupPaths): ReadonlySet<number> | null {
  const affinity = /^Cpus_allowed_list:\s*(\S+)$/m.exec(tryProbe(`${proc}/self/status`) ?? '')?.[1];
  return shared(listedProcessors(affinity ?? ''), setProcessors(groups));
}

/** A limit on processor time. */
export interface CpuQuota {
  /** Processors' worth of time; may be a fraction. */
  readonly cores: number;
  readonly folder: string;
  usageUs(): number | null;
  /** Periods so far, and those in which the group had to stop. */
  periods(): { readonly all: number; readonly throttled: number } | null;
}

function periodsIn(folder: string): ReturnType<CpuQuota['periods']> {
  const text = tryProbe(`${folder}/cpu.stat`) ?? '';
  const [all, throttled] = [numberAfter(text, 'nr_periods '), numberAfter(text, 'nr_throttled ')];
  return all === null || throttled === null ? null : { all, throttled };
}

/** Least quota of the groups above this process; null without a quota. */
export function cpuQuota(groups: CgroupPaths): CpuQuota | null {
  let least: CpuQuota | null = null;
  const consider = (folder: string, quota: number, period: number, usageUs: () => number | null): void => {
    if (!(quota > 0 && period > 0)) return;
    if (least !== null && quota / period >= least.cores) return;
    least = { cores: quota / period, folder, usageUs, periods: () => periodsIn(folder) };
  };
  for (const folder of groups.v2) {
    const [quota, period] = (tryProbe(`${folder}/cpu.max`) ?? '').split(' ').map(Number);
    const usage = (): number | null => numberAfter(tryProbe(`${folder}/cpu.stat`) ?? '', 'usage_usec ');
    // The period is 100 ms where the file names none.
    consider(folder, quota ?? Number.NaN, period ?? 100_000, usage);
  }
  for (const folder of groups.v1('cpu')) {
    const quota = Number(tryProbe(`${folder}/cpu.cfs_quota_us`) ?? Number.NaN);
    const account = folder.replace(/\/cpu(?=\/|$)/, '/cpuacct');
    const usage = (): number | null => {
      const text = tryProbe(`${account}/cpuacct.usage`) ?? tryProbe(`${folder}/cpuacct.usage`);
      return text === null ? null : Number(text) / 1000;
    };
    consider(folder, quota, Number(tryProbe(`${folder}/cpu.cfs_period_us`) ?? Number.NaN), usage);
  }
  return least;
}
