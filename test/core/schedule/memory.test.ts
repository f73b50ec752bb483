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
