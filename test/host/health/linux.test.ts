/** Health probes on fixture trees of rare machines, and on this machine against /proc. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../src/core/model/instants.ts';
import { crossCheck } from '../../../src/host/doctor/cross-check.ts';
import { busyBetween, parseCpuTimes } from '../../../src/host/health/cpu.ts';
import { diskReading, openDisk } from '../../../src/host/health/disk.ts';
import { linuxHealth, linuxMemory } from '../../../src/host/health/linux.ts';
import type { OsUtils } from '../../../src/host/health/os-utils.ts';
import { openOsUtils } from '../../../src/host/health/os-utils.ts';
import { believed, portableHealth } from '../../../src/host/health/portable.ts';
import { stalledUs } from '../../../src/host/health/pressure.ts';
import { temporaryFolder } from '../../helpers/cli.ts';
import { aMachine, GIB, meminfo, stat, type Tree } from '../../helpers/machine-tree.ts';

const healthOf = ({ proc, cgroup }: Tree, clock = { ms: 0 }) =>
  linuxHealth({ proc, cgroup, paths: ['/'], now: () => clock.ms as Instant });
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

describe('in a container on a larger host', () => {
  const HOST = [
    'cpu  8000 0 0 8000 0 0 0 0 0 0',
    ...Array.from({ length: 8 }, (_, at) => `cpu${at} 1000 0 0 1000 0 0 0 0 0 0`),
  ];
  const psi = (us: number) => `some avg10=0 avg60=0 avg300=0 total=${us}\nfull avg10=0 avg60=0 avg300=0 total=${us}\n`;
  const quota = {
    'proc/self/cgroup': '0::/app\n',
    'proc/stat': `${HOST.join('\n')}\n`,
    'proc/loadavg': '60.00 50.00 40.00 2/300 4711\n',
    'cgroup/app/cpu.max': '200000 100000\n',
    'cgroup/app/cpu.stat': 'usage_usec 1000000\nnr_periods 10\nnr_throttled 1\n',
    'proc/pressure/cpu': psi(0),
    'proc/pressure/memory': psi(0),
  };

  it('the load is the host’s, and is left out', async () => {
    expect(await healthOf(aMachine(quota)).sample()).toMatchObject({
      loadAverage: null,
      isLoadOfHost: true,
      cores: 2,
      failures: [],
    });
    expect(await healthOf(aMachine()).sample()).toMatchObject({ loadAverage: 1.5, isLoadOfHost: false });
  });

  it('stalls of the host do not count, and those of the group do', async () => {
    const limited = { ...quota, 'cgroup/app/memory.max': `${4 * GIB}\n`, 'cgroup/app/memory.current': `${GIB}\n` };
    const tree = aMachine({ ...limited, 'cgroup/app/cpu.pressure': psi(0), 'cgroup/app/memory.pressure': psi(0) });
    const clock = { ms: 0 };
    const health = healthOf(tree, clock);
    await health.sample();
    for (const name of ['proc/pressure/cpu', 'proc/pressure/memory']) tree.write(name, psi(900_000));
    tree.write('cgroup/app/cpu.pressure', psi(100_000));
    tree.write('cgroup/app/memory.pressure', psi(300_000));
    clock.ms = 1000;
    expect((await health.sample()).pressure).toMatchObject({ cpuSome: 10, memoryFull: 30 });
  });

  it('a group without pressure figures counts the periods in which it had to stop', async () => {
    const tree = aMachine(quota);
    const clock = { ms: 0 };
    const health = healthOf(tree, clock);
    await health.sample();
    tree.write('cgroup/app/cpu.stat', 'usage_usec 2000000\nnr_periods 20\nnr_throttled 8\n');
    clock.ms = 1000;
    expect(await health.sample()).toMatchObject({ cpuPercent: 50, pressure: { cpuSome: 70 } });
    clock.ms = 2000;
    expect((await health.sample()).pressure.cpuSome).toBe(0);
  });

  it('only the processors of its set count', async () => {
    const set = { 'proc/stat': quota['proc/stat'], 'proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t2-3\n' };
    const tree = aMachine(set);
    const health = healthOf(tree);
    await health.sample();
    const after = HOST.map((line) => (/^cpu[23] /.test(line) ? line.replace('1000 0 0 1000', '1090 0 0 1010') : line));
    tree.write('proc/stat', `${after.join('\n').replace('8000 0 0 8000', '8180 0 0 9000')}\n`);
    expect(await health.sample()).toMatchObject({ cpuPercent: 90, cores: 2, isLoadOfHost: true });
  });

  it('a set that the kernel numbers otherwise restricts nothing', async () => {
    const health = healthOf(aMachine({ 'cgroup/cpuset.cpus.effective': '40-41\n', 'proc/self/cgroup': '0::/\n' }));
    expect(await health.sample()).toMatchObject({ cores: 2, isLoadOfHost: true, loadAverage: null });
  });

  it('a set of processors has the pressure of its own group, never that of the host', async () => {
    const more = { 'proc/self/cgroup': '0::/app\n', 'cgroup/app/cpuset.cpus.effective': '1\n' };
    for (const [own, want] of [
      [psi(0), 10],
      [null, null],
    ] as const) {
      const tree = aMachine({
        ...more,
        'proc/pressure/cpu': psi(0),
        ...(own === null ? {} : { 'cgroup/app/cpu.pressure': own }),
      });
      let at = 0;
      const health = linuxHealth({ ...tree, paths: ['/'], now: () => at as Instant });
      await health.sample();
      at = 1000;
      tree.write('proc/pressure/cpu', psi(900_000));
      if (own !== null) tree.write('cgroup/app/cpu.pressure', psi(100_000));
      expect((await health.sample()).pressure.cpuSome).toBe(want);
    }
  });

  it('the group with the least room for processes counts', async () => {
    const tasks = {
      'cgroup/app/pids.max': '100\n',
      'cgroup/app/pids.current': '40\n',
      'cgroup/pids.max': '50\n',
      'cgroup/pids.current': '45\n',
    };
    expect((await healthOf(aMachine({ ...quota, ...tasks })).sample()).tasks).toEqual({ limit: 50, used: 45 });
    expect(
      (await healthOf(aMachine({ 'cgroup/pids.max': 'max\n', 'cgroup/pids.current': '4\n' })).sample()).tasks,
    ).toBeNull();
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
