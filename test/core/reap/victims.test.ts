/** The order in which leases are reaped, key by key, and the conditions for reaping. */
import { describe, expect, it } from 'vitest';
import type { Lease, Run } from '../../../src/core/model/lease.ts';
import type { VmState } from '../../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import { decideReaping, isFallingFast } from '../../../src/core/reap/decide.ts';
import { rankVictims } from '../../../src/core/reap/victims.ts';
import { aSample, type Figures, GIB, judged, LIMITS } from '../../helpers/machine.ts';
import { aLease, anEnvironment, aState, byProject, later, NOW } from '../../helpers/state.ts';

const MIB = 2 ** 20;
const aRun = (more: Partial<Run> = {}): Run => ({
  containment: 'cgroup',
  folder: null,
  mark: 'm',
  numbers: [1],
  root: null,
  memoryBytes: null,
  isRetriable: false,
  ...more,
});
const env = anEnvironment({ projectPriorities: byProject({ high: 9, low: 2 }) });
const used = (id: string, project: string, mib: number, more: Partial<Lease> = {}, processes = 1) => ({
  lease: aLease(id, project, 1, more),
  memoryBytes: mib * MIB,
  processes,
});
const order = (...measured: ReturnType<typeof used>[]): string[] =>
  rankVictims(aState(20), env, measured).map(({ lease, excluded }) => (excluded === null ? lease.id : `(${lease.id})`));

describe('the order', () => {
  it('lowest priority first, regardless of use', () => {
    expect(order(used('L1', 'high', 9000), used('L2', 'low', 100), used('L3', 'mid', 9000))).toEqual([
      'L2',
      'L3',
      'L1',
    ]);
  });
  it('then leases that use more than expected', () => {
    expect(order(used('L1', 'mid', 500), used('L2', 'mid', 700), used('L3', 'mid', 599))[0]).toBe('L2');
    const declared = used('L1', 'mid', 2000, { run: aRun({ memoryBytes: 3000 * MIB }) });
    expect(order(declared, used('L2', 'mid', 700, { acquiredAt: later(-60_000) }))).toEqual(['L2', 'L1']);
  });
  it('then retriable runs', () => {
    expect(
      order(
        used('L1', 'mid', 100),
        used('L2', 'mid', 100, { run: aRun({ isRetriable: true }), acquiredAt: later(-1000) }),
      ),
    ).toEqual(['L2', 'L1']);
  });
  it('then the newest, then the largest, then by id', () => {
    expect(
      order(used('L1', 'mid', 100, { acquiredAt: NOW }), used('L2', 'mid', 300, { acquiredAt: later(-1) })),
    ).toEqual(['L1', 'L2']);
    expect(order(used('L1', 'mid', 100), used('L2', 'mid', 300))).toEqual(['L2', 'L1']);
    expect(order(used('L1', 'mid', 100), used('L2', 'mid', 100))).toEqual(['L2', 'L1']);
  });
  it('a lease that frees almost no memory or cannot be ended is no candidate', () => {
    expect(order(used('L1', 'low', 63), used('L2', 'high', 100), used('L3', 'low', 900, {}, 0))).toEqual([
      'L2',
      '(L3)',
      '(L1)',
    ]);
  });
});

describe('the decision', () => {
  const critical: Partial<VmState> = { health: 'critical', criticalSamples: 2 };
  const decide = (figures: Figures, vm: Partial<VmState> = critical, leases: Lease[] = []) =>
    decideReaping(
      aState(9, leases, [], { vmLimits: LIMITS, vmState: { ...EMPTY_VM_STATE, ...vm } }),
      env,
      aSample(0, figures),
    );

  it('reaps if memory is critical in two samples', () => {
    expect(decide({ memory: 95 })).toEqual({ kind: 'reap', isHard: false });
    expect(decide({ memory: 98 })).toEqual({ kind: 'reap', isHard: true });
    expect(decide({ memory: 95 }, { health: 'critical', criticalSamples: 1 }).kind).toBe('not-yet');
    expect(decide({ memory: 95 }, { health: 'degraded', criticalSamples: 2 }).kind).toBe('no');
  });
  it('never reaps because of processors, load or disk', () => {
    for (const figures of [{ cpu: 100 }, { load: 99 }, { disk: 100 }, { memory: null }])
      expect(decide(figures)).toEqual({ kind: 'no' });
  });
  it('never reaps on figures that name nobody, above a soft limit, or for stalls alone', () => {
    for (const figures of [
      { memory: 99, unexplainedBytes: 4 * GIB },
      { memory: 99, isSoft: true },
      { memory: 85.2, swap: 100, memoryFull: 90 },
      { memory: 50, tasks: 100 },
    ])
      expect(decide(figures)).toEqual({ kind: 'no' });
    // Even without what nobody is named for there is too little.
    expect(decide({ memory: 99, unexplainedBytes: 0.2 * GIB })).toMatchObject({ kind: 'reap' });
  });
  it('a machine that is critical for another reason reaps at the limit for entering, not at the one for leaving', () => {
    expect(decide({ memory: 92 })).toMatchObject({ kind: 'reap' });
    expect(decide({ memory: 92, load: 99 }, { health: 'critical', criticalSamples: 0 })).toEqual({ kind: 'no' });
    let vm: VmState = EMPTY_VM_STATE;
    for (const seconds of [0, 10, 20, 30]) vm = judged(vm, aSample(seconds, { memory: 92, load: 99 }));
    expect(vm).toMatchObject({ health: 'critical', criticalSamples: 0 });
    expect(decide({ memory: 92, load: 99 }, vm)).toEqual({ kind: 'no' });
  });
  it('reaps one lease at a time, and waits for the effect of the last one', () => {
    const ending = { since: NOW, why: 'x', by: 'machine' as const };
    expect(decide({ memory: 99 }, critical, [aLease('L1', 'mid', 1, { ending })])).toMatchObject({ kind: 'not-yet' });
    expect(decide({ memory: 95 }, { ...critical, reapedAt: later(-14_999) })).toMatchObject({ kind: 'not-yet' });
    expect(decide({ memory: 95 }, { ...critical, reapedAt: later(-15_000) })).toMatchObject({ kind: 'reap' });
  });
  it('does not wait for the last one above the hard limit', () => {
    expect(decide({ memory: 98 }, { ...critical, reapedAt: later(-1) })).toEqual({ kind: 'reap', isHard: true });
  });
  it('sees memory falling towards the critical mark', () => {
    const state = aState(9, [], [], { vmLimits: LIMITS });
    const falls = (from: number, to: number) =>
      isFallingFast(state, env, aSample(0, { memory: from }), aSample(1, { memory: to }));
    expect([falls(70, 72), falls(70, 70.5), falls(72, 70), falls(40, 40)]).toEqual([true, false, false, false]);
  });
});
