/** Health probes on fixture trees of rare machines, and on this machine against /proc. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../src/core/model/instants.ts';
import { crossCheck } from '../../../src/host/doctor/cross-check.ts';
import { busyBetween, parseCpuTimes } from '../../../src/host/health/cpu.ts';
import { diskReading, openDisk } from '../../../src/host/health/disk.ts';
import { linuxHealth, linuxMemory } from '../../../src/host/health/linux.ts';
import { machineMemory } from '../../../src/host/health/memory.ts';
import type { OsUtils } from '../../../src/host/health/os-utils.ts';
import { openOsUtils } from '../../../src/host/health/os-utils.ts';
import { believed, portableHealth } from '../../../src/host/health/portable.ts';
import { stalledUs } from '../../../src/host/health/pressure.ts';
import { temporaryFolder } from '../../helpers/cli.ts';

const GIB = 2 ** 30;
const meminfo = (totalGib: number, availableGib: number, swap = 'SwapTotal: 0 kB\nSwapFree: 0 kB\n') =>
  `MemTotal:       ${totalGib * 2 ** 20} kB\nMemFree:         1 kB\nMemAvailable:   ${availableGib * 2 ** 20} kB\n${swap}`;
const stat = (busy: number, idle: number, more = '') =>
  `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\n${more}`;

interface Tree {
  readonly proc: string;
  readonly cgroup: string;
  write(path: string, text: string): void;
  remove(path: string): void;
}

/** A machine with 16 GiB of memory, 8 of them available, 2 cores and no limits. */
function aMachine(files: Record<string, string> = {}): Tree {
  const root = temporaryFolder();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const usual = {
    'proc/meminfo': meminfo(16, 8),
    'proc/stat': stat(100, 100),
    'proc/loadavg': '1.50 1.20 1.00 2/300 4711\n',
    'proc/self/cgroup': '0::/\n',
    'cgroup/cgroup.controllers': '',
  };
  for (const [path, text] of Object.entries({ ...usual, ...files })) write(path, text);
  return {
    proc: join(root, 'proc'),
    cgroup: join(root, 'cgroup'),
    write,
    remove: (path) => rmSync(join(root, path), { recursive: true }),
  };
}

const healthOf = ({ proc, cgroup }: Tree, clock = { ms: 0 }) =>
  linuxHealth({ proc, cgroup, paths: ['/'], now: () => clock.ms as Instant });
const memoryOf = (files: Record<string, string>) => {
  const { proc, cgroup } = aMachine(files);
  const reading = linuxMemory(proc, cgroup)();
  return reading && [reading.totalBytes / GIB, reading.availableBytes / GIB];
};
const gib = (count: number): string => `${count * GIB}\n`;

describe('memory', () => {
  it('is the available memory of the kernel, not the free memory', () => {
    expect(memoryOf({})).toEqual([16, 8]);
    expect(machineMemory('MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\nSwapCached: 7 kB\n')).toEqual(
      { totalBytes: 102_400, availableBytes: 35_840 },
    );
  });

  it('is limited in a group: its limit minus the memory that it cannot give back', () => {
    const limited = {
      'proc/self/cgroup': '0::/app\n',
      'cgroup/app/memory.max': gib(4),
      'cgroup/app/memory.current': gib(3),
      'cgroup/app/memory.stat': `anon 1\ninactive_file ${2 * GIB}\nactive_file 5\n`,
    };
    expect(memoryOf(limited)).toEqual([4, 3]);
  });

  it('follows the tightest group above, or the machine if that has less', () => {
    const nested = {
      'proc/self/cgroup': '0::/a/b\n',
      'cgroup/a/b/memory.max': 'max\n',
      'cgroup/a/b/memory.current': gib(1),
      'cgroup/a/memory.max': gib(6),
      'cgroup/a/memory.current': gib(5),
      'cgroup/a/memory.stat': 'inactive_file 0\n',
    };
    expect(memoryOf(nested)).toEqual([6, 1]);
    expect(memoryOf({ ...nested, 'cgroup/a/memory.current': gib(0.1), 'proc/meminfo': meminfo(16, 2) })).toEqual([
      16, 2,
    ]);
  });

  it('is read in cgroup v1, in a hybrid mount and in a container that cannot see its own path', () => {
    const v1 = {
      'proc/self/cgroup': '4:memory:/job\n0::/\n',
      'cgroup/memory/job/memory.limit_in_bytes': gib(2),
      'cgroup/memory/job/memory.usage_in_bytes': gib(1.5),
      'cgroup/memory/job/memory.stat': `inactive_file 7\ntotal_inactive_file ${GIB}\n`,
      'cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'cgroup/memory/memory.usage_in_bytes': gib(9),
    };
    expect(memoryOf(v1)).toEqual([2, 1.5]);
    const container = {
      'proc/self/cgroup': '0::/docker/4711\n',
      'cgroup/memory.max': gib(1),
      'cgroup/memory.current': gib(0.25),
      'cgroup/memory.stat': 'inactive_file 0\n',
    };
    expect(memoryOf(container)).toEqual([1, 0.75]);
  });

  it('is null when it cannot be read', () => {
    expect(memoryOf({ 'proc/meminfo': 'nonsense' })).toBeNull();
  });

  it('of this machine agrees with the kernel', () => {
    const text = readFileSync('/proc/meminfo', 'utf8');
    const available = Number(/^MemAvailable: +(\d+)/m.exec(text)?.[1]) * 1024;
    expect(Math.abs((linuxMemory()()?.availableBytes ?? 0) - available)).toBeLessThan(available * 0.02);
  });
});

describe('processors', () => {
  const times = (text: string) => parseCpuTimes(`cpu  ${text}\ncpu0 1\ncpu1 1\n`);
  it('are busy except while idle or waiting for disks; steal is busy and also counted apart', () => {
    const before = times('100 10 20 1000 50 5 5 0 40 0');
    expect(before).toEqual({ total: 1190, idle: 1050, steal: 0, cores: 2 });
    expect(busyBetween(before, times('130 10 40 1030 70 5 5 10 99 0'))).toEqual({
      cpu: (100 * 60) / 110,
      steal: (100 * 10) / 110,
    });
  });
  it('give null without time between two samples, and never a negative share', () => {
    const before = times('100 0 0 100 0 0 0 0 0 0');
    expect(busyBetween(before, before)).toBeNull();
    expect(busyBetween(before, times('90 0 0 90 0 0 0 0 0 0'))).toBeNull();
    expect(busyBetween(before, times('120 0 0 95 0 0 0 0 0 0'))).toEqual({ cpu: 100, steal: 0 });
  });
  it('of a group with a quota count against the quota', async () => {
    const tree = aMachine({
      'proc/self/cgroup': '0::/app\n',
      'cgroup/app/cpu.max': '50000 100000\n',
      'cgroup/app/cpu.stat': 'usage_usec 1000000\nuser_usec 1\n',
    });
    const clock = { ms: 0 };
    const health = healthOf(tree, clock);
    expect(await health.sample()).toMatchObject({ cpuPercent: null, cores: 1 });
    tree.write('cgroup/app/cpu.stat', 'usage_usec 1250000\nuser_usec 1\n');
    tree.write('proc/stat', stat(101, 199));
    clock.ms = 1000;
    expect((await health.sample()).cpuPercent).toBe(50);
  });
  it('without a quota are those of the machine', async () => {
    const tree = aMachine({ 'proc/self/cgroup': '0::/app\n', 'cgroup/app/cpu.max': 'max 100000\n' });
    const health = healthOf(tree);
    await health.sample();
    tree.write('proc/stat', stat(130, 110));
    expect(await health.sample()).toMatchObject({ cpuPercent: 75, cores: 2 });
  });
});

describe('pressure', () => {
  const psi = (us: number) =>
    `some avg10=0.00 avg60=0.00 avg300=0.00 total=${us * 2}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\n`;
  it('is the share of the interval between samples, and null where the kernel has none', async () => {
    expect([
      stalledUs(psi(7), 'some'),
      stalledUs(psi(7), 'full'),
      stalledUs(null, 'full'),
      stalledUs('', 'some'),
    ]).toEqual([14, 7, null, null]);
    const tree = aMachine({ 'proc/pressure/cpu': psi(1000), 'proc/pressure/memory': psi(1000) });
    const clock = { ms: 0 };
    const health = healthOf(tree, clock);
    expect((await health.sample()).pressure).toEqual({ cpuSome: null, memoryFull: null, ioFull: null });
    tree.write('proc/pressure/cpu', psi(251_000));
    tree.write('proc/pressure/memory', psi(101_000));
    clock.ms = 1000;
    const { pressure, failures } = await health.sample();
    expect(pressure).toEqual({ cpuSome: 50, memoryFull: 10, ioFull: null });
    expect(failures).toEqual([]);
  });
});

describe('disks', () => {
  const figures = { bsize: 4096, blocks: 1000, bfree: 500, bavail: 300, files: 200, ffree: 50 };
  it('are counted as by df, with inodes', () => {
    expect(diskReading('/', figures)).toEqual({
      path: '/',
      usedPercent: 62.5,
      availableBytes: 300 * 4096,
      inodesUsedPercent: 75,
    });
    expect(diskReading('/', { ...figures, blocks: 0, bfree: 0, bavail: 0, files: 0 })).toMatchObject({
      usedPercent: 0,
      inodesUsedPercent: null,
    });
  });
  it('are read once each, at the nearest existing folder', async () => {
    const folder = temporaryFolder();
    const asked: string[] = [];
    const read = openDisk([join(folder, 'not/yet'), folder], Date.now, async (path) => {
      asked.push(path);
      return figures;
    });
    expect((await read()).path).toBe(folder);
    expect(asked).toEqual([folder]);
  });
  it('that hang hold nothing up, and are not read again before they answer', async () => {
    let asked = 0;
    const read = openDisk(['/'], Date.now, () => {
      asked += 1;
      return new Promise(() => {});
    });
    await expect(read()).rejects.toThrow('does not answer');
    await expect(read()).rejects.toThrow('still has not answered');
    expect(asked).toBe(1);
  });
});

describe('a sample', () => {
  it('survives failing probes and names each', async () => {
    const tree = aMachine();
    for (const name of ['meminfo', 'stat', 'loadavg']) tree.remove(`proc/${name}`);
    const { proc, cgroup } = tree;
    const health = linuxHealth({
      proc,
      cgroup,
      paths: ['/'],
      now: () => 5 as Instant,
      statfs: () => Promise.reject(new Error('EIO')),
    });
    const sample = await health.sample();
    expect(sample).toMatchObject({ at: 5, cpuPercent: null, memory: null, swap: null, loadAverage: null, disk: null });
    expect(sample.failures.map((line) => line.split(':')[0]?.split('/').at(-1))).toEqual([
      'stat',
      'meminfo',
      'loadavg',
      'disk',
    ]);
  });
  it('has the swap of the machine', async () => {
    const tree = aMachine({ 'proc/meminfo': meminfo(16, 8, 'SwapTotal: 2048 kB\nSwapFree: 512 kB\n') });
    expect((await healthOf(tree).sample()).swap).toEqual({ totalBytes: 2 ** 21, availableBytes: 2 ** 19 });
  });
  it('of this machine has no failures and counts its cores', async () => {
    const health = linuxHealth({ paths: ['/'], now: () => Date.now() as Instant });
    const first = await health.sample();
    expect(first.failures).toEqual([]);
    expect(first.cores).toBe(
      Number(/(\d+)$/m.exec(String(readFileSync('/proc/stat', 'utf8').match(/^cpu\d+ /gm)?.length))?.[1]),
    );
  });
});

describe('node-os-utils', () => {
  const utils: OsUtils = {
    cpuPercent: async () => 12,
    memory: async () => ({ totalBytes: 1, availableBytes: 1 }),
    loadAverage: async () => 0.5,
    cores: () => 4,
  };
  const portable = (osUtils: () => Promise<OsUtils>) =>
    portableHealth({ paths: ['/'], now: () => 1 as Instant, osUtils });

  it('is not trusted when it counts in other units', async () => {
    expect(() => believed({ totalBytes: 24_684_084, availableBytes: 1 }, 25_276_510_208)).toThrow('node-os-utils says');
    const sample = await portable(async () => utils).sample();
    expect(sample).toMatchObject({ cpuPercent: 12, memory: null, loadAverage: 0.5, cores: 4 });
    expect(sample.disk?.path).toBe('/');
    expect(sample.failures).toHaveLength(1);
  });
  it('that fails makes each figure fail and never rejects', async () => {
    const failing = { ...utils, cpuPercent: () => Promise.reject(new Error('no ps')) };
    expect((await portable(async () => failing).sample()).failures[0]).toBe('processors: no ps');
    const missing = await portable(() => Promise.reject(new Error('gone'))).sample();
    expect(missing).toMatchObject({ cpuPercent: null, memory: null, loadAverage: null, cores: 1 });
  });
  it('agrees with /proc on this machine within two points of memory', async () => {
    const own = await (await openOsUtils()).memory();
    const proc = linuxMemory()();
    expect(
      Math.abs(100 * (own.availableBytes / own.totalBytes - (proc?.availableBytes ?? 0) / (proc?.totalBytes ?? 1))),
    ).toBeLessThan(2);
    const checked = await crossCheck(linuxHealth({ paths: ['/'], now: () => Date.now() as Instant }));
    expect(checked).toMatchObject({ failure: null });
    expect(
      await crossCheck(linuxHealth({ paths: ['/'], now: () => 1 as Instant }), () =>
        Promise.reject(new Error('no')),
      ).then(({ failure }) => failure),
    ).toBe('no');
  });
});
