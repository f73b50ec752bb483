import { describe, expect, it } from 'vitest';
import { ASKED_AT, backtest, residualsOf } from '../../../src/core/forecast/backtest.ts';
import { COVERAGE, calibrate } from '../../../src/core/forecast/calibration.ts';
import type { Course } from '../../../src/core/forecast/forecast.ts';
import { courseOf, forecast } from '../../../src/core/forecast/forecast.ts';
import { paceOf } from '../../../src/core/forecast/pace.ts';
import type { Spend } from '../../../src/core/forecast/spend.ts';
import type { Instant } from '../../../src/core/model/instants.ts';

/** A small generator with a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Calls whose context grows, with gaps of a few seconds and now and then a long one. */
function aRun(next: () => number): Spend[] {
  const grows = 150 + 800 * next();
  const pace = 3000 + 9000 * next();
  let context = 2000 + 4000 * next();
  let at = 0;
  return Array.from({ length: 40 + Math.round(80 * next()) }, () => {
    const spend = { at: at as Instant, amount: Math.round(context) };
    context += grows * 2 * next();
    at += Math.round(pace * (0.3 + 1.4 * next()) * (next() < 0.06 ? 6 : 1));
    return spend;
  });
}

const every = (ms: number, count: number, from = 0): Spend[] =>
  Array.from({ length: count }, (_, at) => ({ at: (from + at * ms) as Instant, amount: 100 }));

describe('pace', () => {
  it('is the time from call to call, whatever a few calls took', () => {
    const calm = every(5000, 40);
    const odd = calm.map(({ at, amount }, n) => ({ at: (at + (n > 20 ? 120_000 : 0)) as Instant, amount }));
    expect(paceOf(calm)?.perCallMs).toBe(5000);
    expect((paceOf(odd)?.perCallMs as number) / 5000).toBeLessThan(1.1);
  });

  it('leaves idleness out, and says how much longer it makes the wait', () => {
    const night = 8 * 3_600_000;
    const spends = [...every(5000, 30), ...every(5000, 30, night)];
    const pace = paceOf(spends);
    expect(pace?.perCallMs).toBe(5000);
    expect(pace?.wallPerActive).toBeGreaterThan(50);
  });

  it('follows a change: the latest gaps count when they are another pace, not an exception', () => {
    const slow = [...every(4000, 40), ...every(30_000, 12, 40 * 4000)];
    expect(paceOf(slow)?.perCallMs).toBeGreaterThan(9000);
  });

  it('cannot be told of calls at one moment', () => {
    expect(paceOf(every(0, 5))).toBeNull();
  });
});

describe('a forecast', () => {
  it('is never in the past, and never wider than it says', () => {
    const course = courseOf(every(5000, 10)) as Course;
    const made = forecast(course, 100, 900_000 as Instant, calibrate([], 0.5));
    expect(made).toMatchObject({ exhaustsAt: 900_000, low: 900_000, high: 900_000 });
    const ahead = forecast(course, 10_000, 45_000 as Instant, calibrate([], 0.5));
    expect(ahead.low).toBeLessThan(ahead.exhaustsAt);
    expect(ahead.high).toBeGreaterThan(ahead.exhaustsAt);
  });

  it('needs a few calls', () => {
    expect(courseOf(every(5000, 3))).toBeNull();
  });
});

describe('calibration', () => {
  it('of nothing is wide and moves nothing', () => {
    const { centre, low, high, count } = calibrate([], 0.5);
    expect({ centre, count }).toEqual({ centre: 1, count: 0 });
    expect(low).toBeLessThan(0.8);
    expect(high).toBeGreaterThan(1.4);
  });

  it('by forecasts that were all late by a half goes that way, the more the more there were', () => {
    const late = (count: number) => Array.from({ length: count }, () => ({ asked: 0.5, off: Math.log(1.5) }));
    expect(calibrate(late(60), 0.5).centre).toBeGreaterThan(calibrate(late(10), 0.5).centre);
    expect(calibrate(late(60), 0.5).centre).toBeCloseTo(1.35, 1);
    expect(calibrate(late(60), 0.9).count).toBe(0);
  });
});

describe('a backtest over made-up runs', () => {
  const next = random(7);
  const runs = Array.from({ length: 60 }, () => aRun(next));
  const points = backtest(runs);

  it('is right far more often than a mean rate, and at no point less often than the last ten calls', () => {
    expect(points.map(({ asked }) => asked)).toEqual([...ASKED_AT]);
    const half = points[1] as (typeof points)[number];
    expect(half.right).toBeGreaterThan(half.rightByMean + 0.3);
    for (const point of points) expect(point.right).toBeGreaterThanOrEqual(point.rightByLastTen);
  });

  it('keeps the coverage that it states', () => {
    for (const { covered } of points) {
      expect(covered).toBeGreaterThanOrEqual(COVERAGE - 0.1);
      expect(covered).toBeLessThanOrEqual(COVERAGE + 0.1);
    }
  });

  it('never learns from the run that it is asked about', () => {
    // Its second half takes 1.97 times what its first half told: just outside of what the prior allows for. Had it
    // taught about itself, the interval would reach that far.
    const FIRST = 1000;
    const SECOND = 1.97 * 1.3 * FIRST;
    const odd = Array.from({ length: 40 }, (_, n) => ({
      at: Math.round(Math.min(n, 19) * FIRST + Math.max(0, n - 19) * SECOND) as Instant,
      amount: 100,
    }));
    expect(Math.exp(residualsOf(odd).find(({ asked }) => asked === 0.5)?.off as number)).toBeCloseTo(1.97, 2);
    expect(backtest([odd]).find(({ asked }) => asked === 0.5)).toMatchObject({ runs: 1, covered: 0 });
  });
});
