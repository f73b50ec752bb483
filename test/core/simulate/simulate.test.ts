import { describe, expect, it } from 'vitest';
import type { KeptRecord } from '../../../src/core/model/record.ts';
import type { StrategyName } from '../../../src/core/settings/settings.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import { PastRequests } from '../../../src/core/simulate/requests.ts';
import { simulate } from '../../../src/core/simulate/simulate.ts';
import { Timeline } from '../../../src/core/simulate/timeline.ts';
import { inOrder, kept, served } from '../../helpers/history.ts';
import { byProject, NOW } from '../../helpers/state.ts';

function requestsOf(records: readonly KeptRecord[]) {
  const past = new PastRequests();
  for (const record of inOrder(records)) past.take(record);
  return past.all();
}

const under = (strategy: StrategyName, more: object = {}) => ({
  ...DEFAULT_SETTINGS,
  maxPerProject: 1000,
  slotMemoryBytes: 0,
  strategy,
  ...more,
});

describe('past requests', () => {
  it('have the instant of the request and the time of holding', () => {
    expect(requestsOf(served(10, 'a', 3, 20, 300))).toEqual([
      { at: NOW + 10_000, project: 'a', slots: 3, minSlots: 3, priority: null, holdMs: 300_000, patienceMs: null },
    ]);
  });

  it('keep their withdrawal, and end with the history if they still hold slots', () => {
    const requests = requestsOf([
      ...served(0, 'a', 1, 0, 100),
      kept(50, 'withdrawn', { project: 'a', ticket: 'T900', slots: 2, waited_seconds: 30 }),
      kept(60, 'granted', { project: 'b', lease: 'L901', slots: 1, requested: 4, min_slots: 1, waited_seconds: 0 }),
    ]);
    expect(requests).toMatchObject([
      { project: 'a', holdMs: 100_000 },
      { at: NOW + 20_000, project: 'a', slots: 2, holdMs: 100_000, patienceMs: 30_000 },
      { project: 'b', slots: 4, minSlots: 1, holdMs: 40_000 },
    ]);
  });
});

describe('a simulation', () => {
  it('knows each change of the reason of a wait: a project at its limit is not owed the free slot', () => {
    const ask = (at: number, name: string, holdSeconds: number) => served(at, name, 1, 0, holdSeconds);
    const requests = requestsOf([ask(0, 'a', 20), ask(0, 'b', 10), ask(1, 'c', 100), ask(2, 'c', 100)].flat());
    const { tally } = simulate(requests, under('fifo', { maxPerProject: 1 }), 2);
    expect(tally.fairness()).toEqual({ index: 1, projects: 3 });
  });

  const burst = requestsOf([
    ...Array.from({ length: 6 }, (_, at) => served(at, 'big', 2, 0, 600)).flat(),
    ...served(10, 'small', 1, 0, 60),
  ]);
  const waitOf = (strategy: StrategyName, name: string, more: object = {}) => {
    const { tally } = simulate(burst, under(strategy, more), 4);
    return [...tally.projects.values()].find(({ project }) => project === name)?.waits.mean as number;
  };

  it('serves all requests at once with enough slots, and one after the other with fewer', () => {
    const ample = simulate(burst, under('fifo'), 20);
    expect(ample).toMatchObject({ requests: 7, served: 7, gaveUp: 0, never: 0, spanMs: 605_000 });
    expect([...ample.tally.projects.values()].every(({ waits }) => waits.max === 0)).toBe(true);
    const scarce = simulate(burst, under('fifo'), 4);
    expect(scarce).toMatchObject({ served: 7, never: 0 });
    // Six requests of two slots for ten minutes take half an hour on four slots.
    expect(scarce.spanMs).toBeGreaterThanOrEqual(1_800_000);
  });

  it('has waits that depend on the strategy', () => {
    expect(waitOf('fifo', 'small')).toBeGreaterThan(1700);
    expect(waitOf('priority', 'small', { projectPriorities: byProject({ small: 10 }) })).toBeLessThan(700);
    expect(waitOf('fair-share', 'small')).toBeLessThan(waitOf('fifo', 'small'));
  });

  it('never serves a request beyond the pool, and withdraws one whose patience is over', () => {
    const wide = requestsOf([
      ...served(0, 'a', 4, 0, 100),
      ...served(1, 'b', 9, 0, 100),
      kept(40, 'withdrawn', { project: 'c', ticket: 'T900', slots: 2, waited_seconds: 30 }),
    ]);
    expect(simulate(wide, under('fifo'), 4)).toMatchObject({ served: 1, never: 1, gaveUp: 1 });
  });
});

it('a timeline gives the earliest item, and items of one instant in the order of adding', () => {
  const timeline = new Timeline<string>();
  const times = [5, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
  for (const [n, at] of times.entries()) timeline.add(at, `${at}.${String(n).padStart(2, '0')}`);
  const seen: string[] = [];
  for (let next = timeline.next(); next !== null; next = timeline.next()) seen.push(next.item);
  expect(seen).toEqual(times.map((at, n) => `${at}.${String(n).padStart(2, '0')}`).sort());
});
