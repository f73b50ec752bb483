/** Healthy, degraded, critical: the conditions to enter each state, and the stricter ones to leave it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Health, VmState } from '../../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import { aSample, type Figures, judged } from '../../helpers/machine.ts';

/** [seconds, figures, wanted health] */
type Step = readonly [number, Figures, Health];

interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly wantReason?: RegExp | null;
}

const cases: readonly Case[] = [
  {
    name: 'all figures are within limits',
    steps: [
      [0, {}, 'healthy'],
      [30, {}, 'healthy'],
    ],
    wantReason: null,
  },
  {
    name: 'memory over its limit counts after ten seconds',
    steps: [
      [0, { memory: 91 }, 'healthy'],
      [9, { memory: 91 }, 'healthy'],
      [10, { memory: 91 }, 'degraded'],
    ],
    wantReason: /^memory 91% used \(limit 90%\), 0\.9 GiB left$/,
  },
  {
    name: 'one good sample restarts the ten seconds',
    steps: [
      [0, { memory: 91 }, 'healthy'],
      [8, {}, 'healthy'],
      [9, { memory: 91 }, 'healthy'],
      [18, { memory: 91 }, 'healthy'],
      [19, { memory: 91 }, 'degraded'],
    ],
  },
  {
    name: 'exactly at the limit is not over it',
    steps: [
      [0, { memory: 90 }, 'healthy'],
      [60, { memory: 90 }, 'healthy'],
    ],
  },
  {
    name: 'critical memory takes two consecutive samples, however close',
    steps: [
      [0, { memory: 95 }, 'healthy'],
      [1, { memory: 95 }, 'critical'],
    ],
    wantReason: /^memory 95% used/,
  },
  {
    name: 'a single critical sample is ignored',
    steps: [
      [0, { memory: 99 }, 'healthy'],
      [1, {}, 'healthy'],
      [2, { memory: 99 }, 'healthy'],
      [3, {}, 'healthy'],
    ],
  },
  {
    name: 'stalls make memory critical at the limit itself',
    steps: [
      [0, { memory: 91, memoryFull: 25 }, 'healthy'],
      [1, { memory: 91, memoryFull: 25 }, 'critical'],
    ],
    wantReason: /work stalls for it/,
  },
  {
    name: 'stalls with enough available memory are ignored',
    steps: [
      [0, { memoryFull: 90 }, 'healthy'],
      [60, { memoryFull: 90 }, 'healthy'],
    ],
  },
  {
    name: 'low memory with free swap is degraded, not critical',
    steps: [
      [0, { memory: 97, swap: 30 }, 'healthy'],
      [1, { memory: 97, swap: 30 }, 'healthy'],
      [10, { memory: 97, swap: 30 }, 'degraded'],
      [20, { memory: 97, swap: 30 }, 'degraded'],
    ],
  },
  {
    name: 'low memory and no swap left',
    steps: [
      [0, { memory: 97, swap: 95 }, 'healthy'],
      [1, { memory: 97, swap: 95 }, 'critical'],
    ],
  },
  {
    name: 'swap half used',
    steps: [
      [0, { swap: 51 }, 'healthy'],
      [10, { swap: 51 }, 'degraded'],
    ],
  },
  {
    name: 'busy processors count after half a minute, and never as critical',
    steps: [
      [0, { cpu: 100 }, 'healthy'],
      [29, { cpu: 100 }, 'healthy'],
      [30, { cpu: 100 }, 'degraded'],
      [600, { cpu: 100 }, 'degraded'],
    ],
  },
  {
    name: 'work that waits for processors counts like busy processors',
    steps: [
      [0, { cpuSome: 60 }, 'healthy'],
      [30, { cpuSome: 60 }, 'degraded'],
    ],
  },
  {
    name: 'load over its limit',
    steps: [
      [0, { load: 17 }, 'healthy'],
      [10, { load: 17 }, 'degraded'],
    ],
  },
  {
    name: 'load above one and a half times its limit is critical',
    steps: [
      [0, { load: 25 }, 'healthy'],
      [9, { load: 25 }, 'healthy'],
      [10, { load: 25 }, 'critical'],
    ],
  },
  {
    name: 'a full disk',
    steps: [
      [0, { disk: 98 }, 'healthy'],
      [10, { disk: 98 }, 'critical'],
    ],
  },
  {
    name: 'no inodes left',
    steps: [
      [0, { inodes: 96 }, 'healthy'],
      [10, { inodes: 96 }, 'degraded'],
    ],
    wantReason: /inodes/,
  },
  {
    name: 'degraded ends after a minute below the recovery mark',
    steps: [
      [0, { memory: 91 }, 'healthy'],
      [10, { memory: 91 }, 'degraded'],
      [20, { memory: 86 }, 'degraded'],
      [90, { memory: 86 }, 'degraded'],
      [100, { memory: 80 }, 'degraded'],
      [159, { memory: 80 }, 'degraded'],
      [160, { memory: 80 }, 'healthy'],
    ],
    wantReason: null,
  },
  {
    name: 'degraded gives the cause it recovers from as its reason',
    steps: [
      [0, { memory: 91 }, 'healthy'],
      [10, { memory: 91 }, 'degraded'],
      [20, {}, 'degraded'],
      [30, {}, 'degraded'],
    ],
    wantReason: /^recovering from: memory 91%/,
  },
  {
    name: 'critical becomes degraded after fifteen seconds, then healthy after a minute',
    steps: [
      [0, { memory: 95 }, 'healthy'],
      [1, { memory: 95 }, 'critical'],
      [2, { memory: 91 }, 'critical'],
      [3, {}, 'critical'],
      [17, {}, 'critical'],
      [18, {}, 'degraded'],
      [19, {}, 'degraded'],
      [78, {}, 'degraded'],
      [79, {}, 'healthy'],
    ],
  },
  {
    name: 'an unknown figure neither worsens nor improves health',
    steps: [
      [0, { memory: 91 }, 'healthy'],
      [10, { memory: 91 }, 'degraded'],
      [20, { memory: null }, 'degraded'],
      [100, { memory: null }, 'degraded'],
      [110, { cpu: null }, 'degraded'],
      [200, { cpu: null }, 'degraded'],
      [201, {}, 'degraded'],
      [261, {}, 'healthy'],
    ],
  },
  {
    name: 'a gap between samples restarts the wait',
    steps: [
      [0, { memory: 91 }, 'healthy'],
      [1000, { memory: 91 }, 'healthy'],
      [1010, { memory: 91 }, 'degraded'],
    ],
  },
];

it.each(cases)('$name', ({ steps, wantReason }) => {
  let vm: VmState = EMPTY_VM_STATE;
  for (const [seconds, figures, want] of steps) {
    vm = judged(vm, aSample(seconds, figures));
    expect([seconds, vm.health]).toEqual([seconds, want]);
  }
  if (wantReason === null) expect(vm.reason).toBeNull();
  else if (wantReason !== undefined) expect(vm.reason).toMatch(wantReason);
});

it('records rounded figures, and keeps the last known ones', () => {
  const vm = judged(EMPTY_VM_STATE, aSample(0, { cpu: 45.234, memory: 62.1, load: 4.321, disk: 58.04 }));
  expect(vm).toMatchObject({ cpuPercent: 45.2, memoryPercent: 62.1, loadAverage: 4.32, diskUsagePercent: 58 });
  expect(judged(vm, aSample(1, { cpu: null, memory: null, load: null, disk: null }))).toMatchObject({
    cpuPercent: 45.2,
    memoryPercent: 62.1,
    loadAverage: 4.32,
    diskUsagePercent: 58,
  });
});

describe('with any samples', () => {
  const figures = fc.record({
    memory: fc.constantFrom(40, 86, 91, 95, 99, null),
    cpu: fc.constantFrom(20, 80, 100, null),
    load: fc.constantFrom(1, 14, 17, 25, null),
    disk: fc.constantFrom(50, 89, 91, 98, null),
    step: fc.integer({ min: 1, max: 40 }),
  });

  it('critical never becomes healthy directly, and no state improves before its minimum time', () => {
    fc.assert(
      fc.property(fc.array(figures, { maxLength: 60 }), (series) => {
        let vm: VmState = EMPTY_VM_STATE;
        let seconds = 0;
        let changedAt = 0;
        for (const { step, ...given } of series) {
          seconds += step;
          const next = judged(vm, aSample(seconds, given));
          const [from, to] = [vm.health ?? 'healthy', next.health];
          expect(from === 'critical' && to === 'healthy').toBe(false);
          const isUnknown = given.memory === null || given.cpu === null || given.load === null || given.disk === null;
          const isBetter = (from === 'critical' && to === 'degraded') || (from === 'degraded' && to === 'healthy');
          if (isBetter) expect(isUnknown).toBe(false);
          if (from === 'degraded' && to === 'healthy') expect(seconds - changedAt).toBeGreaterThanOrEqual(60);
          if (from === 'critical' && to === 'degraded') expect(seconds - changedAt).toBeGreaterThanOrEqual(15);
          if (from !== to) changedAt = seconds;
          vm = next;
        }
      }),
      { numRuns: 500 },
    );
  });
});
