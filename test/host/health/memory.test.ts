/** Memory as the kernel shows it, in every form in which a container limits it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../src/core/model/instants.ts';
import { linuxHealth, linuxMemory } from '../../../src/host/health/linux.ts';
import { aMachine, GIB, meminfo } from '../../helpers/machine-tree.ts';

type Files = Record<string, string>;

/** [total, available] in GiB: for a request, and of a sample. */
const forRequest = (files: Files) => {
  const { proc, cgroup } = aMachine(files);
  const reading = linuxMemory(proc, cgroup)();
  return reading && [reading.totalBytes / GIB, reading.availableBytes / GIB];
};
async function sampled(files: Files) {
  const { proc, cgroup, hugePages } = aMachine(files);
  const { memory, swap, failures } = await linuxHealth({
    proc,
    cgroup,
    hugePages,
    paths: ['/'],
    now: () => 0 as Instant,
  }).sample();
  const inGib = (reading: { totalBytes: number; availableBytes: number } | null) =>
    reading && [reading.totalBytes / GIB, reading.availableBytes / GIB];
  return { memory: inGib(memory), swap: inGib(swap), isSoft: memory?.isSoft ?? null, failures };
}
const gib = (count: number): string => `${count * GIB}\n`;
const kib = (count: number): string => `${count * 2 ** 20} kB`;

/** A v2 group with a limit of 4 GiB, 3 of them used. */
const group = (folder: string, more: Files = {}): Files => ({
  [`${folder}/memory.max`]: gib(4),
  [`${folder}/memory.current`]: gib(3),
  [`${folder}/memory.stat`]: 'anon 5\ninactive_file 0\nactive_file 0\n',
  ...more,
});
const SWAP = `SwapTotal: ${kib(8)}\nSwapFree: ${kib(6)}\n`;

describe('memory of the machine', () => {
  it('is what can be had, not what is free', () => {
    expect(forRequest({})).toEqual([16, 8]);
  });

  it('has the cache of ZFS as available, down to its least size', async () => {
    const files = {
      'proc/meminfo': `MemTotal: ${kib(32)}\nMemFree: ${kib(1)}\nMemAvailable: ${kib(1)}\nCached: ${kib(1)}\nAnonPages: ${kib(8)}\n`,
      'proc/spl/kstat/zfs/arcstats':
        `12 1 0x01 98 26656 1920163911 654183491814\nname type data\nhits 4 11\nc_min                           4    ${GIB}\n` +
        `c_max 4 ${22 * GIB}\nsize                            4    ${20 * GIB}\ncompressed_size 4 5\n`,
    };
    expect(forRequest(files)).toEqual([32, 20]);
    expect((await sampled(files)).memory).toEqual([32, 20]);
  });

  it('has no cache of a host that is larger than what is used here', () => {
    const files = {
      'proc/meminfo': `MemTotal: ${kib(4)}\nMemFree: ${kib(1)}\nMemAvailable: ${kib(1)}\nAnonPages: ${kib(3)}\n`,
      'proc/spl/kstat/zfs/arcstats': `c_min 4 1\nsize 4 ${20 * GIB}\n`,
    };
    expect(forRequest(files)).toEqual([4, 1]);
  });

  it.each([
    ['one pool', `HugePages_Total: 4096\nHugepagesize: 2048 kB\n`, {}],
    ['all pools', `HugePages_Total: 1024\nHugepagesize: 2048 kB\nHugetlb: ${kib(8)}\n`, {}],
    [
      'all pools, once',
      `HugePages_Total: 1024\nHugepagesize: 2048 kB\nHugetlb: ${kib(8)}\n`,
      { 'hugepages/hugepages-1048576kB/nr_hugepages': '6\n' },
    ],
    [
      'pools of an old kernel',
      `HugePages_Total: 2048\nHugepagesize: 2048 kB\n`,
      { 'hugepages/hugepages-2048kB/nr_hugepages': '2048\n', 'hugepages/hugepages-1048576kB/nr_hugepages': '4\n' },
    ],
    ['failed pages', `HardwareCorrupted: ${kib(8)}\n`, {}],
    ['a balloon', `AnonPages: ${kib(2)}\nBalloon: ${kib(8)}\n`, {}],
    [
      'a balloon of an old kernel',
      `AnonPages: ${kib(2)}\n`,
      { 'proc/vmstat': `balloon_inflate ${3 * 2 ** 20}\nballoon_deflate ${2 ** 20}\n` },
    ],
  ])('is without what is set apart: %s', async (_name, more, files) => {
    const text = `MemTotal: ${kib(16)}\nMemFree: ${kib(4)}\nMemAvailable: ${kib(4)}\n${more}`;
    expect((await sampled({ 'proc/meminfo': text, ...files })).memory).toEqual([8, 4]);
  });

  it.each([
    ['nothing of it', 'nonsense'],
    ['no total', `MemTotal: 0 kB\nMemAvailable: ${kib(1)}\n`],
    ['more available than there is', `MemTotal: ${kib(4)}\nMemAvailable: ${kib(9)}\n`],
    ['a negative figure alone', `MemTotal: ${kib(4)}\nMemAvailable: -5 kB\n`],
    ['more set apart than there is', `MemTotal: ${kib(4)}\nMemAvailable: ${kib(1)}\nHugetlb: ${kib(4)}\n`],
  ])('is unknown, with the reason, if the kernel says %s', async (_name, text) => {
    expect(forRequest({ 'proc/meminfo': text })).toBeNull();
    const { memory, failures } = await sampled({ 'proc/meminfo': text });
    expect(memory).toBeNull();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/meminfo: (it has|\d+\.\d GiB are available)/);
  });

  it.each<[string, string, Files, number]>([
    ['zram', '', { 'proc/vmstat': `nr_zspages ${2 * 2 ** 18}\n` }, 0],
    ['zswap', `Zswap: ${kib(2)}\nZswapped: ${kib(6)}\n`, { 'proc/vmstat': `nr_zspages ${2 * 2 ** 18}\n` }, 0],
    ['neither', '', {}, 5 * GIB],
  ])('in compressed swap has a user that the kernel names: %s', async (_name, more, files, want) => {
    const text = `MemTotal: ${kib(16)}\nMemFree: ${kib(1)}\nMemAvailable: ${kib(1)}\nAnonPages: ${kib(10)}\n${more}`;
    const { proc, cgroup, hugePages } = aMachine({ 'proc/meminfo': text, ...files });
    const { memory } = await linuxHealth({ proc, cgroup, hugePages, paths: ['/'], now: () => 0 as Instant }).sample();
    expect(memory?.unexplainedBytes).toBe(want);
  });

  it('of this machine agrees with the kernel', () => {
    const text = readFileSync('/proc/meminfo', 'utf8');
    const available = Number(/^MemAvailable: +(\d+)/m.exec(text)?.[1]) * 1024;
    expect(Math.abs((linuxMemory()()?.availableBytes ?? 0) - available)).toBeLessThan(available * 0.02);
  });
});

describe('memory of a group', () => {
  it('is its limit without what it cannot give back', async () => {
    const cache = {
      'cgroup/app/memory.stat': `anon 1\ninactive_file ${GIB}\nactive_file ${GIB / 2}\nslab_reclaimable ${GIB / 4}\n`,
    };
    const files = { 'proc/self/cgroup': '0::/app\n', ...group('cgroup/app', cache) };
    expect(forRequest(files)).toEqual([4, 2.75]);
    expect((await sampled(files)).memory).toEqual([4, 2.75]);
  });

  const high = { 'cgroup/app/memory.max': 'max\n', 'cgroup/app/memory.high': gib(3.5) };
  it.each<[string, Files, [number, number]]>([
    ['its own', { 'proc/self/cgroup': '0::/app\n', ...group('cgroup/app') }, [4, 1]],
    ['a soft one', { 'proc/self/cgroup': '0::/app\n', ...group('cgroup/app', high) }, [3.5, 0.5]],
    ['one above', { 'proc/self/cgroup': '0::/a/b\n', 'cgroup/a/b/memory.max': 'max\n', ...group('cgroup/a') }, [4, 1]],
    ['that of the container', { 'proc/self/cgroup': '0::/docker/4711\n', ...group('cgroup') }, [4, 1]],
    ['that of the container, from outside', { 'proc/self/cgroup': '0::/../../x\n', ...group('cgroup') }, [4, 1]],
    ['one of a process without a group', { 'proc/self/cgroup': '', ...group('cgroup') }, [4, 1]],
    [
      'that of a container in v1',
      {
        'proc/self/cgroup': '',
        'cgroup/memory/memory.limit_in_bytes': gib(4),
        'cgroup/memory/memory.usage_in_bytes': gib(3),
      },
      [4, 1],
    ],
    [
      'one in v1',
      {
        'proc/self/cgroup': '4:memory:/job\n0::/\n',
        'cgroup/memory/job/memory.limit_in_bytes': gib(4),
        'cgroup/memory/job/memory.usage_in_bytes': gib(3.5),
        'cgroup/memory/job/memory.stat': `inactive_file 7\ntotal_inactive_file ${GIB / 2}\n`,
        'cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
        'cgroup/memory/memory.usage_in_bytes': gib(9),
      },
      [4, 1],
    ],
    [
      'one larger than the machine',
      { 'proc/self/cgroup': '0::/app\n', ...group('cgroup/app', { 'cgroup/app/memory.max': gib(99) }) },
      [16, 8],
    ],
    [
      'none',
      { 'proc/self/cgroup': '0::/app\n', ...group('cgroup/app', { 'cgroup/app/memory.max': 'max\n' }) },
      [16, 8],
    ],
    ['zero', { 'proc/self/cgroup': '0::/app\n', ...group('cgroup/app', { 'cgroup/app/memory.max': '0\n' }) }, [16, 8]],
    [
      'less than none',
      { 'proc/self/cgroup': '0::/app\n', ...group('cgroup/app', { 'cgroup/app/memory.max': '-1\n' }) },
      [16, 8],
    ],
  ])('counts by the limit: %s', async (_name, files, want) => {
    expect((await sampled(files)).memory).toEqual(want);
  });

  it('is the machine’s if that has less left', async () => {
    const files = { 'proc/self/cgroup': '0::/app\n', ...group('cgroup/app'), 'proc/meminfo': meminfo(16, 0.5) };
    expect((await sampled(files)).memory).toEqual([16, 0.5]);
    expect(forRequest(files)).toEqual([4, 0.5]);
  });

  it('says whether its limit is soft', async () => {
    const files = { 'proc/self/cgroup': '0::/app\n', ...group('cgroup/app', high) };
    expect((await sampled(files)).isSoft).toBe(true);
    expect((await sampled({ ...files, 'cgroup/app/memory.max': gib(3.5) })).isSoft).toBe(false);
  });
});

describe('swap', () => {
  const inGroup = (more: Files) => ({
    'proc/self/cgroup': '0::/app\n',
    'proc/meminfo': meminfo(16, 8, SWAP),
    ...more,
  });
  it.each<[string, Files, [number, number] | null]>([
    ['the machine’s', {}, [8, 6]],
    ['none of the machine’s', { 'cgroup/app/memory.swap.max': '0\n', 'cgroup/app/memory.swap.current': '0\n' }, null],
    ['a part', { 'cgroup/app/memory.swap.max': gib(2), 'cgroup/app/memory.swap.current': gib(1.5) }, [2, 0.5]],
    ['more than there is', { 'cgroup/app/memory.swap.max': gib(90), 'cgroup/app/memory.swap.current': gib(1) }, [8, 6]],
    ['no limit', { 'cgroup/app/memory.swap.max': 'max\n' }, [8, 6]],
    [
      'what v1 leaves',
      {
        'proc/self/cgroup': '4:memory:/job\n',
        'cgroup/memory/job/memory.limit_in_bytes': gib(4),
        'cgroup/memory/job/memory.usage_in_bytes': gib(3),
        'cgroup/memory/job/memory.memsw.limit_in_bytes': gib(5),
        'cgroup/memory/job/memory.memsw.usage_in_bytes': gib(3.75),
      },
      [1, 0.25],
    ],
    [
      'nothing in v1',
      {
        'proc/self/cgroup': '4:memory:/job\n',
        'cgroup/memory/job/memory.limit_in_bytes': gib(4),
        'cgroup/memory/job/memory.usage_in_bytes': gib(3),
        'cgroup/memory/job/memory.memsw.limit_in_bytes': gib(4),
        'cgroup/memory/job/memory.memsw.usage_in_bytes': gib(3),
      },
      null,
    ],
  ])('of a group is %s', async (_name, files, want) => {
    expect((await sampled(inGroup(files))).swap).toEqual(want);
  });
  it('that is free beyond its size is not believed', async () => {
    const text = `SwapTotal: ${kib(2)}\nSwapFree: ${kib(9)}\n`;
    expect((await sampled({ 'proc/meminfo': meminfo(16, 8, text) })).swap).toEqual([2, 2]);
  });
});
