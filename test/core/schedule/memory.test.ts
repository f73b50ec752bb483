/** A grant needs memory as well: what is available, less what recent grants have not yet grown into. */
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

it('asks for 600 MiB a slot unless more is known', () => {
  expect([outcome(aState(20), 1200, 2), outcome(aState(20), 1199, 2)]).toEqual(['granted 2', 'queued low-memory']);
});

it('is switched off by 0, and by not knowing', () => {
  expect([outcome(aState(20), 1, 9, {}, { slotMemoryBytes: 0 }), outcome(aState(20), null, 9)]).toEqual([
    'granted 9',
    'granted 9',
  ]);
});

it('gives as many as memory allows to whom fewer will do', () => {
  expect(outcome(aState(20), 2000, 8, { minSlots: 2 })).toBe('granted 3');
});

it('keeps what recent grants have yet to grow into, less and less', () => {
  const granted = aState(20, [aLease('L1', 'hera', 4, { acquiredAt: NOW })]);
  const at = (seconds: number): string => outcome(granted, 2400 + 600, 2, {}, {}, later(seconds * 1000));
  expect([at(0), at(29), at(30), at(120)]).toEqual([
    'queued low-memory',
    'queued low-memory',
    'granted 2',
    'granted 2',
  ]);
});

it('goes by what was declared, then by what the project has been seen to need', () => {
  const learned = aState(20, [], [], { learnedMemory: byProject({ odin: 900 * MIB }) });
  expect([outcome(learned, 900, 1), outcome(learned, 899, 1)]).toEqual(['granted 1', 'queued low-memory']);
  expect(outcome(learned, 300, 1, { run: aRun(300 * MIB) })).toBe('granted 1');
  expect(outcome(learned, 2000, 2, { run: aRun(2100 * MIB) })).toBe('queued low-memory');
});

it('counts open offers, and the other grants of the same cycle', () => {
  const waiter = { pid: 9, started: 9, boot: 'b', ns: null, command: null };
  const state = aState(20, [], [anEntry('T1', 'hera', 2, { waiter }), anEntry('T2', 'zeus', 2, { waiter })]);
  const { events } = transition(state, { kind: 'settle' }, withMemory(2399));
  expect(events.map((event) => ('ticket' in event ? event.ticket : null))).toEqual(['T1']);
});

it('says insufficient slots when it is the slots', () => {
  expect(outcome(aState(2, [aLease('L1', 'hera', 1, { acquiredAt: later(-9e6) })]), 10, 2)).toBe(
    'queued insufficient-slots',
  );
});

describe('what a project is seen to need', () => {
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

  it('is per slot, believed at once when it grows and slowly when it shrinks', () => {
    // 600 are configured; one modest run does not prove the project modest.
    let state = peak(aState(9), 1000);
    expect(known(state)).toBe(590);
    state = peak(state, 3180);
    expect(known(state)).toBe(1090);
    state = peak(state, 180);
    expect(known(state)).toBe(990);
  });

  it('is left alone by a run that nobody could look at, and ending twice is ending once', () => {
    const state = peak(aState(9), null);
    expect([state.learnedMemory.size, state.leases.length]).toEqual([0, 0]);
    expect(
      transition(state, { kind: 'end-run', lease: 'L1' as never, peakMemoryBytes: 5 }, anEnvironment()).state,
    ).toBe(state);
  });
});
