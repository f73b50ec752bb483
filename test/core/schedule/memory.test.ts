/** A grant needs memory: the available memory less the expected growth of recent grants. */
import { describe, expect, it } from 'vitest';
import type { Run } from '../../../src/core/model/lease.ts';
import type { State } from '../../../src/core/model/state.ts';
import type { Settings } from '../../../src/core/settings/settings.ts';
import { transition } from '../../../src/core/transition.ts';
import {
  aLease,
  anEntry,
  anEnvironment,
  aRequest,
  aState,
  byProject,
  later,
  NOW,
  outcomeLine,
  process_,
} from '../../helpers/state.ts';

const MIB = 2 ** 20;
const withMemory = (mib: number | null, settings: Partial<Settings> = {}, now = NOW) => ({
  ...anEnvironment(settings, now),
  memoryAvailableBytes: mib === null ? null : mib * MIB,
});
const ask = (state: State, mib: number | null, slots: number, more = {}, settings: Partial<Settings> = {}, now = NOW) =>
  transition(state, aRequest('odin', slots, more), withMemory(mib, settings, now));
const outcome = (...args: Parameters<typeof ask>): string => outcomeLine(ask(...args).outcome);
const aRun = (memoryBytes: number | null): Run => ({
  containment: 'cgroup',
  folder: null,
  mark: 'm',
  numbers: [],
  root: null,
  memoryBytes,
  isRetriable: false,
});

it('needs 600 MiB per slot by default', () => {
  expect([outcome(aState(20), 1200, 2), outcome(aState(20), 1199, 2)]).toEqual(['granted 2', 'queued low-memory']);
});

it('is switched off by 0 and by unknown memory', () => {
  expect([outcome(aState(20), 1, 9, {}, { slotMemoryBytes: 0 }), outcome(aState(20), null, 9)]).toEqual([
    'granted 9',
    'granted 9',
  ]);
});

it('grants as many slots as memory allows, down to the minimum', () => {
  expect(outcome(aState(20), 2000, 8, { minSlots: 2 })).toBe('granted 3');
});

it('keeps memory for the growth of recent grants, less over time', () => {
  const granted = aState(20, [aLease('L1', 'hera', 4, { acquiredAt: NOW })]);
  const at = (seconds: number): string => outcome(granted, 2400 + 600, 2, {}, {}, later(seconds * 1000));
  expect([at(0), at(29), at(30), at(120)]).toEqual([
    'queued low-memory',
    'queued low-memory',
    'granted 2',
    'granted 2',
  ]);
});

it('uses the declared memory, otherwise the memory learned for the project', () => {
  const learned = aState(20, [], [], { learnedMemory: byProject({ odin: 900 * MIB }) });
  expect([outcome(learned, 900, 1), outcome(learned, 899, 1)]).toEqual(['granted 1', 'queued low-memory']);
  expect(outcome(learned, 300, 1, { run: aRun(300 * MIB) })).toBe('granted 1');
  expect(outcome(learned, 2000, 2, { run: aRun(2100 * MIB) })).toBe('queued low-memory');
});

it('counts open offers and other grants of the same cycle', () => {
  const waiter = { pid: 9, started: 9, boot: 'b', ns: null, command: null };
  const state = aState(20, [], [anEntry('T1', 'hera', 2, { waiter }), anEntry('T2', 'zeus', 2, { waiter })]);
  const { events } = transition(state, { kind: 'settle' }, withMemory(2399));
  expect(events.map((event) => ('ticket' in event ? event.ticket : null))).toEqual(['T1']);
});

it('gives insufficient-slots as the reason when slots are missing', () => {
  expect(outcome(aState(2, [aLease('L1', 'hera', 1, { acquiredAt: later(-9e6) })]), 10, 2)).toBe(
    'queued insufficient-slots',
  );
});

describe('the memory learned for a project', () => {
  const peak = (state: State, mib: number | null): State => {
    const held = { ...state, leases: [aLease('L1', 'Odin', 2)] };
    const command = {
      kind: 'end-run',
      lease: held.leases[0]?.id,
      peakMemoryBytes: mib === null ? null : mib * MIB,
    } as never;
    return transition(held, command, anEnvironment()).state;
  };
  const known = (state: State): number => Math.round((state.learnedMemory.get('odin' as never) ?? 0) / MIB);

  it('is per slot, and rises faster than it falls', () => {
    // 600 is the default; one small run does not prove that the project needs less.
    let state = peak(aState(9), 1000);
    expect(known(state)).toBe(590);
    state = peak(state, 3180);
    expect(known(state)).toBe(1090);
    state = peak(state, 180);
    expect(known(state)).toBe(990);
  });

  it('does not change by a run without a measurement or a repeated end', () => {
    const state = peak(aState(9), null);
    expect([state.learnedMemory.size, state.leases.length]).toEqual([0, 0]);
    expect(
      transition(state, { kind: 'end-run', lease: 'L1' as never, peakMemoryBytes: 5 }, anEnvironment()).state,
    ).toBe(state);
  });
});

describe('a machine with 2000 MiB in all', () => {
  const state = aState(20);
  const onMachine = (asked: State, slots: number, more = {}, settings: Partial<Settings> = {}): string =>
    outcomeLine(
      transition(asked, aRequest('odin', slots, more), {
        ...withMemory(1500, settings),
        memoryTotalBytes: 2000 * MIB,
      }).outcome,
    );
  const learned = (mib: number): State => ({ ...state, learnedMemory: byProject({ odin: mib * MIB }) });

  it.each([
    ['all that it has, which may come free', { run: aRun(2000 * MIB) }, {}, 'queued low-memory'],
    ['more', { run: aRun(2001 * MIB) }, {}, 'denied exceeds-maximum'],
    ['more, for a wait', { run: aRun(2001 * MIB), mode: 'wait', waiter: process_(9) }, {}, 'denied exceeds-maximum'],
    ['more, at once or not at all', { run: aRun(2001 * MIB), mode: 'now' }, {}, 'denied exceeds-maximum'],
    ['more, without admission by memory', { run: aRun(2001 * MIB) }, { slotMemoryBytes: 0 }, 'denied exceeds-maximum'],
    ['less, without admission by memory', { run: aRun(1999 * MIB) }, { slotMemoryBytes: 0 }, 'granted 1'],
  ] as const)('refuses a command that declares %s: %j', (_name, more, settings, want) => {
    expect(onMachine(state, 1, { mode: 'queue', ...more }, settings)).toBe(want);
  });

  it('refuses a command inside a lease too', () => {
    const inside = aState(20, [aLease('L1', 'odin', 4)]);
    const run = aRun(2001 * MIB);
    expect(onMachine(inside, 1, { parent: 'L1', run })).toBe('denied exceeds-maximum');
  });

  it('refuses more slots than it has memory for, unless fewer are accepted', () => {
    expect([onMachine(state, 4), onMachine(state, 4, { minSlots: 1 })]).toEqual([
      'denied exceeds-maximum',
      'granted 2',
    ]);
    expect(onMachine(learned(700), 3)).toBe('denied exceeds-maximum');
  });

  it('uses the configured need where the learned one is that of a larger machine', () => {
    expect([onMachine(learned(2000), 1), onMachine(learned(2001), 1)]).toEqual(['queued low-memory', 'granted 1']);
  });
});
