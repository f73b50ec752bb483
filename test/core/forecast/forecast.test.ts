import { describe, expect, it } from 'vitest';
import { ASKED_AT, backtest, residualsOf } from '../../../src/core/forecast/backtest.ts';
import { COVERAGE, calibrate } from '../../../src/core/forecast/calibration.ts';
import type { Course } from '../../../src/core/forecast/forecast.ts';
import { courseOf, forecast } from '../../../src/core/forecast/forecast.ts';
import { paceOf } from '../../../src/core/forecast/pace.ts';
import type { Spend } from '../../../src/core/forecast/spend.ts';
import type { Instant } from '../../../src/core/model/instants.ts';

/** A small seeded generator (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A run with growing context, gaps of a few seconds and a long gap now and then. */
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
  it('is the time from call to call, without the influence of outliers', () => {
    const calm = every(5000, 40);
    const odd = calm.map(({ at, amount }, n) => ({ at: (at + (n > 20 ? 120_000 : 0)) as Instant, amount }));
    expect(paceOf(calm)?.perCallMs).toBe(5000);
    expect((paceOf(odd)?.perCallMs as number) / 5000).toBeLessThan(1.1);
  });

  it('leaves out idle time, and gives its factor on the elapsed time', () => {
    const night = 8 * 3_600_000;
    const spends = [...every(5000, 30), ...every(5000, 30, night)];
    const pace = paceOf(spends);
    expect(pace?.perCallMs).toBe(5000);
    expect(pace?.wallPerActive).toBeGreaterThan(50);
  });

  it('follows a change of pace in the latest gaps', () => {
    const slow = [...every(4000, 40), ...every(30_000, 12, 40 * 4000)];
    expect(paceOf(slow)?.perCallMs).toBeGreaterThan(9000);
  });

  it('is unknown for calls at one instant', () => {
    expect(paceOf(every(0, 5))).toBeNull();
  });
});

describe('a forecast', () => {
  it('is never in the past, and lies inside its interval', () => {
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
  it('without residuals is wide and moves nothing', () => {
    const { centre, low, high, count } = calibrate([], 0.5);
    expect({ centre, count }).toEqual({ centre: 1, count: 0 });
    expect(low).toBeLessThan(0.8);
    expect(high).toBeGreaterThan(1.4);
  });

  it('follows forecasts that were all too early by a half, the more of them the further', () => {
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

  it('is right far more often than the mean rate, and never less often than the rate of the last ten calls', () => {
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

  it('never uses the residuals of the run that it forecasts', () => {
    // The second half takes 1.97 times as long as its forecast, just outside the interval of the prior. With the run's
    // own residuals the interval would reach that far.
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
