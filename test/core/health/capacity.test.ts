/** Under strain capacity loses half of its free slots; it recovers one slot a minute. Running agents are not touched. */
import { expect, it } from 'vitest';
import type { State } from '../../../src/core/model/state.ts';
import { effectiveMaxSlots, usedSlots } from '../../../src/core/model/state.ts';
import type { Settings } from '../../../src/core/settings/settings.ts';
import { transition } from '../../../src/core/transition.ts';
import { aSample, type Figures } from '../../helpers/machine.ts';
import {
  aLease,
  anEntry,
  anEnvironment,
  aRequest,
  aState,
  later,
  leaseLines,
  outcomeLine,
} from '../../helpers/state.ts';

const observe = (state: State, seconds: number, figures: Figures, settings: Partial<Settings> = {}) =>
  transition(
    state,
    { kind: 'observe', sample: aSample(seconds, figures) },
    anEnvironment(settings, later(seconds * 1000)),
  );

/** Capacity after each sample. */
function capacities(
  start: State,
  steps: readonly (readonly [number, Figures])[],
  settings: Partial<Settings> = {},
): number[] {
  let state = start;
  return steps.map(([seconds, figures]) => {
    state = observe(state, seconds, figures, settings).state;
    return effectiveMaxSlots(state);
  });
}

const STRAIN: Figures = { memory: 91 };
const holding = (used: number) => aState(20, used === 0 ? [] : [aLease('L1', 'odin', used)]);

it('halves the free slots when strain begins and every half minute, never below the slots in use', () => {
  expect(
    capacities(holding(4), [
      [0, STRAIN],
      [10, STRAIN],
      [20, STRAIN],
      [40, STRAIN],
      [70, STRAIN],
      [100, STRAIN],
      [130, STRAIN],
      [160, STRAIN],
    ]),
  ).toEqual([20, 12, 12, 8, 6, 5, 4, 4]);
});

it('never goes below one or the configured floor', () => {
  const steps = Array.from({ length: 12 }, (_, at) => [at * 30, STRAIN] as const);
  expect(capacities(holding(0), steps).at(-1)).toBe(1);
  expect(capacities(holding(0), steps, { autoScale: { enabled: true, floor: 3, ceiling: null } }).at(-1)).toBe(3);
});

it('gains one slot a minute while healthy, and none while a figure is unknown', () => {
  let { state } = observe(holding(0), 0, STRAIN);
  ({ state } = observe(state, 10, STRAIN));
  expect(effectiveMaxSlots(state)).toBe(10);
  const at = (seconds: number, figures: Figures = {}): number => {
    ({ state } = observe(state, seconds, figures));
    return effectiveMaxSlots(state);
  };
  expect([at(20), at(80), at(81), at(139), at(140)]).toEqual([10, 10, 10, 10, 11]);
  expect([at(200, { cpu: null }), at(260, { memory: null })]).toEqual([11, 11]);
  expect([at(261), at(262), at(321)]).toEqual([12, 12, 13]);
});

it('stays within the ceiling, and does not change if switched off', () => {
  expect(capacities(holding(0), [[0, {}]], { autoScale: { enabled: true, floor: 1, ceiling: 12 } })).toEqual([12]);
  expect(
    capacities(
      holding(0),
      [
        [0, STRAIN],
        [10, STRAIN],
      ],
      { autoScale: { enabled: false, floor: 1, ceiling: null } },
    ),
  ).toEqual([20, 20]);
});

it('a larger pool of a healthy machine is available at once, and a smaller pool applies at once', () => {
  let { state } = observe(holding(0), 0, {});
  state = transition(state, { kind: 'set-max', slots: 30 }, anEnvironment()).state;
  expect(effectiveMaxSlots(state)).toBe(30);
  state = transition(state, { kind: 'set-max', slots: 5 }, anEnvironment()).state;
  expect(effectiveMaxSlots(state)).toBe(5);
});

it('touches no running agent, and grants nothing while critical', () => {
  const queued = {
    ...holding(15),
    queue: [anEntry('T5', 'hera', 1, { waiter: { pid: 9, started: 9, boot: 'b', ns: null, command: null } })],
  };
  let { state } = observe({ ...queued, maxSlots: 15 }, 0, { memory: 95 });
  ({ state } = observe(state, 1, { memory: 95 }));
  expect(state.vmState.health).toBe('critical');
  expect([usedSlots(state), leaseLines(state)]).toEqual([15, ['L1 odin 15']]);
  const asked = transition({ ...state, maxSlots: 20 }, aRequest('hera', 1), anEnvironment({}, later(2000)));
  expect(outcomeLine(asked.outcome)).toBe('queued health-critical');
});

it('a sample that raises the capacity grants the request that now fits', () => {
  const waiter = { pid: 9, started: 9, boot: 'b', ns: null, command: null };
  const reduced = { ...holding(10), queue: [anEntry('T5', 'hera', 1, { waiter })] };
  const vmState = {
    ...reduced.vmState,
    health: 'healthy' as const,
    effectiveMaxSlots: 10,
    sampledAt: later(0),
    steppedAt: later(0),
  };
  const { state, events } = observe({ ...reduced, vmState }, 60, {});
  expect(effectiveMaxSlots(state)).toBe(11);
  expect(events.map(({ kind }) => kind)).toEqual(['granted']);
});
