/** Healthy, degraded, critical: the conditions to enter each state, and the stricter ones to leave it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Health, VmState } from '../../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import { aSample, type Figures, GIB, judged } from '../../helpers/machine.ts';

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
    name: 'all work stalling for memory is critical however much is left, after five seconds',
    steps: [
      [0, { memory: 85.2, swap: 100, memoryFull: 80 }, 'healthy'],
      [4, { memory: 85.2, swap: 100, memoryFull: 80 }, 'healthy'],
      [5, { memory: 85.2, swap: 100, memoryFull: 80 }, 'critical'],
      [20, { memory: 85.2, swap: 100, memoryFull: 11 }, 'critical'],
      [30, { memory: 60, memoryFull: 5 }, 'critical'],
      [45, { memory: 60, memoryFull: 5 }, 'degraded'],
    ],
  },
  {
    name: 'the reason names the limit that is exceeded: stalls',
    steps: [
      [0, { memory: 70, memoryFull: 80 }, 'healthy'],
      [5, { memory: 70, memoryFull: 80 }, 'critical'],
    ],
    wantReason: /^all work stalls for memory 80% of the time \(limit 20%\)$/,
  },
  {
    name: 'stalls that one good sample interrupts start again',
    steps: [
      [0, { memory: 70, memoryFull: 80 }, 'healthy'],
      [4, { memory: 70, memoryFull: 0 }, 'healthy'],
      [5, { memory: 70, memoryFull: 80 }, 'healthy'],
    ],
  },
  {
    name: 'memory above a soft limit is degraded, and critical only when work stalls',
    steps: [
      [0, { memory: 99, isSoft: true }, 'healthy'],
      [10, { memory: 99, isSoft: true }, 'degraded'],
      [60, { memory: 99, isSoft: true }, 'degraded'],
      [61, { memory: 99, isSoft: true, memoryFull: 30 }, 'degraded'],
      [62, { memory: 99, isSoft: true, memoryFull: 30 }, 'critical'],
    ],
  },
  {
    name: 'memory that nobody is named for is critical after its dwell, and says so',
    steps: [
      [0, { memory: 97, unexplainedBytes: 4 * GIB }, 'healthy'],
      [1, { memory: 97, unexplainedBytes: 4 * GIB }, 'healthy'],
      [10, { memory: 97, unexplainedBytes: 4 * GIB }, 'critical'],
    ],
    wantReason:
      /^memory 97% used \(limit 94%\), 0\.3 GiB left, 4\.0 GiB used by nothing that the kernel names: no agent is ended for it$/,
  },
  {
    name: 'processes near the limit of their group',
    steps: [
      [0, { tasks: 91 }, 'healthy'],
      [10, { tasks: 91 }, 'degraded'],
    ],
    wantReason: /^91 of 100 processes and threads in use \(limit 90%\)$/,
  },
  {
    name: 'hardly any process left to start',
    steps: [
      [0, { tasks: 98 }, 'healthy'],
      [10, { tasks: 98 }, 'critical'],
    ],
  },
  {
    name: 'the load of a host is no figure of its container, and holds no recovery up',
    steps: [
      [0, { load: null, isLoadOfHost: true, memory: 91 }, 'healthy'],
      [10, { load: null, isLoadOfHost: true, memory: 91 }, 'degraded'],
      [20, { load: null, isLoadOfHost: true }, 'degraded'],
      [80, { load: null, isLoadOfHost: true }, 'healthy'],
    ],
  },
  {
    name: 'busy processors are named with their limit',
    steps: [
      [0, { cpu: 97, cpuSome: 20 }, 'healthy'],
      [30, { cpu: 97, cpuSome: 20 }, 'degraded'],
    ],
    wantReason: /^CPU 97% busy \(limit 85%\)$/,
  },
  {
    name: 'work that waits is named with its own limit, not with that of busy processors',
    steps: [
      [0, { cpu: 40, cpuSome: 71 }, 'healthy'],
      [30, { cpu: 40, cpuSome: 71 }, 'degraded'],
    ],
    wantReason: /^work waits for a processor 71% of the time \(limit 60%, monitor\.cpu_pressure_percent\)$/,
  },
  {
    name: 'a strain below its limit names the mark below which it ends',
    steps: [
      [0, { memory: 91 }, 'healthy'],
      [10, { memory: 91 }, 'degraded'],
      [20, { memory: 87 }, 'degraded'],
    ],
    wantReason: /^memory 87% used \(limit 90%\), 1\.3 GiB left, lasts until below 85%$/,
  },
  {
    name: 'critical memory names the critical limit',
    steps: [
      [0, { memory: 95 }, 'healthy'],
      [1, { memory: 95 }, 'critical'],
    ],
    wantReason: /^memory 95% used \(limit 94%\)/,
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
