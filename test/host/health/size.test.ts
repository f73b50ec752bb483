/** The size of a machine or container, whatever states its limits. */
import { describe, expect, it } from 'vitest';
import { loadLimit, sizeFor } from '../../../src/core/sizing.ts';
import { readSize } from '../../../src/host/health/size.ts';
import { aMachine, GIB, meminfo } from '../../helpers/machine-tree.ts';

type Files = Record<string, string>;
/** A host with 64 processors and 251 GiB. */
function sizeOf(files: Files) {
  const { proc, cgroup, hugePages } = aMachine({ 'proc/meminfo': meminfo(251, 200), ...files });
  const { cores, memoryBytes, tasks } = readSize({ proc, cgroup, hugePages, parallelism: 64, totalBytes: 251 * GIB });
  return [cores, memoryBytes / GIB, tasks];
}
const gib = (count: number): string => `${count * GIB}\n`;
const at = '0::/app/run\n';

describe('a container on a host with 64 processors and 251 GiB', () => {
  it.each<[string, Files, [number, number, number | null]]>([
    ['without limits', { 'cgroup/cpu.max': 'max 100000\n' }, [64, 251, null]],
    ['a quota', { 'cgroup/cpu.max': '200000 100000\n' }, [2, 251, null]],
    ['a quota without a period', { 'cgroup/cpu.max': '200000\n' }, [2, 251, null]],
    ['half a processor', { 'cgroup/cpu.max': '50000 100000\n' }, [0.5, 251, null]],
    [
      'nested quotas',
      { 'proc/self/cgroup': at, 'cgroup/app/cpu.max': '400000 100000\n', 'cgroup/app/run/cpu.max': '800000 100000\n' },
      [4, 251, null],
    ],
    [
      'a v1 quota',
      {
        'proc/self/cgroup': '3:cpu,cpuacct:/job\n',
        'cgroup/cpu,cpuacct/job/cpu.cfs_quota_us': '300000\n',
        'cgroup/cpu,cpuacct/job/cpu.cfs_period_us': '100000\n',
      },
      [3, 251, null],
    ],
    [
      'a v1 quota at the mount',
      {
        'proc/self/cgroup': '3:cpu:/docker/4711\n',
        'cgroup/cpu/cpu.cfs_quota_us': '300000\n',
        'cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      [3, 251, null],
    ],
    [
      'no v1 quota',
      { 'cgroup/cpu/cpu.cfs_quota_us': '-1\n', 'cgroup/cpu/cpu.cfs_period_us': '100000\n' },
      [64, 251, null],
    ],
    ['a set of processors', { 'proc/self/cgroup': at, 'cgroup/app/cpuset.cpus.effective': '0-3,8\n' }, [5, 251, null]],
    [
      'a v1 set',
      { 'cgroup/cpuset/cpuset.cpus': '0-7\n', 'cgroup/cpuset/cpuset.effective_cpus': '6-7\n' },
      [2, 251, null],
    ],
    ['memory', { 'cgroup/memory.max': gib(8) }, [64, 8, null]],
    ['memory in use', { 'cgroup/memory.max': gib(8), 'cgroup/memory.current': gib(1) }, [64, 8, null]],
    [
      'a soft limit',
      { 'cgroup/memory.max': gib(16), 'cgroup/memory.high': gib(6), 'cgroup/memory.current': gib(1) },
      [64, 6, null],
    ],
    [
      'v1 memory',
      { 'cgroup/memory/memory.limit_in_bytes': gib(8), 'cgroup/memory/memory.usage_in_bytes': gib(1) },
      [64, 8, null],
    ],
    [
      'v1 memory without a limit',
      { 'cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n', 'cgroup/memory/memory.usage_in_bytes': gib(1) },
      [64, 251, null],
    ],
    ['huge pages', { 'proc/meminfo': `${meminfo(251, 100)}Hugetlb: ${128 * 2 ** 20} kB\n` }, [64, 123, null]],
    ['few processes', { 'cgroup/pids.max': '100\n', 'cgroup/pids.current': '3\n' }, [64, 251, 100]],
    ['no limit of processes', { 'cgroup/pids.max': 'max\n', 'cgroup/pids.current': '3\n' }, [64, 251, null]],
    ['v1 processes', { 'cgroup/pids/pids.max': '400\n', 'cgroup/pids/pids.current': '3\n' }, [64, 251, 400]],
    ['unreadable memory', { 'proc/meminfo': 'nonsense' }, [64, 251, null]],
  ])('with %s', (_name, files, want) => {
    expect(sizeOf(files)).toEqual(want);
  });
});

it('a pool is sized by what its container has', () => {
  const of = (cores: number, gibs: number, tasks: number | null = null) =>
    sizeFor({ cores, memoryBytes: gibs * GIB, tasks });
  expect(of(2, 251).maxSlots).toBeLessThanOrEqual(8);
  expect(of(0.5, 251)).toEqual(of(2, 251));
  expect(of(64, 251)).toEqual({ maxSlots: 50, maxPerProject: 15 });
  expect(of(64, 251, 100)).toEqual({ maxSlots: 2, maxPerProject: 2 });
  expect(of(64, 251, 7)).toEqual({ maxSlots: 1, maxPerProject: 1 });
  expect([0.5, 1.5, 2, 64].map((cores) => loadLimit({ cores, memoryBytes: GIB, tasks: null }))).toEqual([1, 3, 4, 128]);
});
