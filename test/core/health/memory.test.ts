/** What counts as memory: rules on figures alone. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MemoryFigures } from '../../../src/core/health/memory.ts';
import { groupMemory, machineMemory, tightestMemory, tightestSwap } from '../../../src/core/health/memory.ts';

const GIB = 2 ** 30;
const figures = (gibs: Partial<Record<keyof MemoryFigures, number | null>>, zfs?: [number, number]): MemoryFigures => {
  const bytes = (key: keyof MemoryFigures): number | null => {
    const value = gibs[key] ?? null;
    return value === null ? null : value * GIB;
  };
  const zfsCache = zfs === undefined ? null : { size: zfs[0] * GIB, least: zfs[1] * GIB };
  const keys = [
    'total',
    'available',
    'free',
    'buffers',
    'cached',
    'shared',
    'anonymous',
    'slab',
    'reclaimableSlab',
    'kernel',
    'hugePages',
    'corrupted',
    'ballooned',
  ] as const;
  return { ...Object.fromEntries(keys.map((key) => [key, bytes(key)])), zfsCache } as MemoryFigures;
};
const inGib = (read: ReturnType<typeof machineMemory>) =>
  typeof read === 'string' ? read : [read.totalBytes / GIB, read.availableBytes / GIB, read.unexplainedBytes / GIB];

it('without MemAvailable it is what is free and what can be dropped, without shared memory', () => {
  expect(
    inGib(machineMemory(figures({ total: 16, free: 1, buffers: 1, cached: 6, shared: 4, reclaimableSlab: 2 }))),
  ).toEqual([16, 6, 0]);
});

it('memory that nobody is named for is doubted from a quarter of the total on', () => {
  const used = { total: 16, available: 1, free: 1, cached: 0 };
  expect(inGib(machineMemory(figures({ ...used, anonymous: 6 })))).toEqual([16, 1, 9]);
  expect(inGib(machineMemory(figures({ ...used, anonymous: 12 })))).toEqual([16, 1, 0]);
  // A kernel that does not say what programs use names nobody at all.
  expect(inGib(machineMemory(figures(used)))).toEqual([16, 1, 0]);
});

it('the cache of ZFS is explained; what it cannot give back stays in use', () => {
  expect(inGib(machineMemory(figures({ total: 32, available: 1, free: 1, anonymous: 8 }, [20, 5])))).toEqual([
    32, 16, 0,
  ]);
  expect(inGib(machineMemory(figures({ total: 32, available: 1, free: 1, anonymous: 8 }, [5, 20])))).toEqual([
    32, 1, 18,
  ]);
  // Old versions keep it in slabs.
  expect(
    inGib(
      machineMemory(figures({ total: 32, available: 2, free: 1, anonymous: 8, slab: 22, reclaimableSlab: 1 }, [20, 1])),
    ),
  ).toEqual([32, 21, 0]);
});

it('a balloon that the driver took out of the total is not taken out again', () => {
  expect(
    inGib(machineMemory(figures({ total: 8, available: 4, free: 2, cached: 2, anonymous: 4, ballooned: 8 }))),
  ).toEqual([8, 4, 0]);
  expect(
    inGib(machineMemory(figures({ total: 16, available: 4, free: 2, cached: 2, anonymous: 4, ballooned: 8 }))),
  ).toEqual([8, 4, 0]);
});

it('never has less than nothing available, nor more than everything', () => {
  const amount = fc.option(fc.integer({ min: 0, max: 64 }), { nil: null });
  fc.assert(
    fc.property(
      fc.record({
        total: amount,
        available: amount,
        free: amount,
        cached: amount,
        shared: amount,
        anonymous: amount,
        slab: amount,
        hugePages: amount,
        ballooned: amount,
        corrupted: amount,
      }),
      fc.tuple(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 0, max: 64 })),
      (gibs, zfs) => {
        const read = machineMemory(figures(gibs, zfs));
        if (typeof read === 'string') {
          expect(read).not.toMatch(/NaN|Infinity|undefined|-\d/);
          return;
        }
        expect(read.totalBytes).toBeGreaterThan(0);
        expect(read.availableBytes).toBeGreaterThanOrEqual(0);
        expect(read.availableBytes).toBeLessThanOrEqual(read.totalBytes);
        expect(Number.isFinite(read.unexplainedBytes) && read.unexplainedBytes >= 0).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});

it('a group beyond its limit has nothing left, and one with an odd count everything', () => {
  const read = (limit: number, used: number, cache: number) =>
    groupMemory({ limit, isSoft: false, used, cache })?.availableBytes ?? null;
  expect([read(4, 5, 0), read(4, 3, 9), read(4, Number.NaN, 0), read(0, 0, 0), read(Number.NaN, 1, 0)]).toEqual([
    0,
    4,
    null,
    null,
    null,
  ]);
});

it('the least that is left counts', () => {
  const memory = (totalBytes: number, availableBytes: number) => ({
    totalBytes,
    availableBytes,
    unexplainedBytes: 0,
    isSoft: false,
  });
  const machine = memory(100, 50);
  expect(tightestMemory(machine, [memory(40, 30), null, memory(60, 20)])).toEqual(memory(60, 20));
  expect(tightestMemory(machine, [memory(200, 20), memory(90, 60)])).toBe(machine);
  expect(tightestSwap(memory(10, 8), [memory(4, 3), memory(6, 1)])).toEqual({ totalBytes: 4, availableBytes: 1 });
  expect(tightestSwap(null, [memory(4, 3)])).toBeNull();
});
