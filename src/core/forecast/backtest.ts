/**
 * Forecasts recorded runs at several shares of their final amount and compares the forecasts with the actual times. Each
 * run is forecast with the residuals of all other runs, never its own.
 */
import type { Instant } from '../model/instants.ts';
import { calibrate, type Residual } from './calibration.ts';
import { courseOf, forecast } from './forecast.ts';
import { type Spend, sumOf } from './spend.ts';

/** Shares of the final amount at which a run is forecast. */
export const ASKED_AT = [0.25, 0.5, 0.75, 0.9] as const;
/** A forecast is right if its time since the start is off by no more than this share of the actual time. */
export const TOLERANCE = 0.1;
const LAST = 10;

export interface BacktestPoint {
  readonly asked: number;
  /** Shares of runs forecast within the tolerance: by us, by the mean rate, by the rate of the last ten calls. */
  readonly right: number;
  readonly rightByMean: number;
  readonly rightByLastTen: number;
  readonly covered: number;
  readonly runs: number;
}

/** The calls of a run until it had spent `amount`; null if it never did. */
function cut(run: readonly Spend[], amount: number): readonly Spend[] | null {
  let spent = 0;
  for (const [at, spend] of run.entries()) {
    spent += spend.amount;
    // Sums of costs have rounding errors.
    if (spent >= amount * (1 - 1e-9)) return run.slice(0, at + 1);
  }
  return null;
}

const amountOf = (spends: readonly Spend[]): number => sumOf(spends.map(({ amount }) => amount));
const lastAt = (spends: readonly Spend[]): Instant => (spends.at(-1) as Spend).at;

interface Question {
  readonly seen: readonly Spend[];
  readonly left: number;
  readonly startedAt: number;
  readonly actualMs: number;
}

function ask(run: readonly Spend[], part: number): Question | null {
  const total = amountOf(run);
  const seen = cut(run, total * part);
  const whole = cut(run, total);
  if (seen === null || whole === null || seen.length < 2) return null;
  const startedAt = (run[0] as Spend).at;
  return { seen, left: Math.max(0, total - amountOf(seen)), startedAt, actualMs: lastAt(whole) - startedAt };
}

const NEUTRAL = { centre: 1, low: 1, high: 1, count: 0 };

/** Residuals of uncalibrated forecasts of this run, at each share of `ASKED_AT`. */
export function residualsOf(run: readonly Spend[]): Residual[] {
  return ASKED_AT.flatMap((asked) => {
    const point = ask(run, asked);
    if (point === null) return [];
    const { seen, left, startedAt, actualMs } = point;
    const course = courseOf(seen);
    const baseMs = course === null ? 0 : forecast(course, left, lastAt(seen), NEUTRAL).baseMs;
    const tookMs = startedAt + actualMs - lastAt(seen);
    return baseMs <= 0 || tookMs <= 0 ? [] : [{ asked, off: Math.log(tookMs / baseMs) }];
  });
}

/** Forecast at a fixed rate: the rest is spent as fast as `spends` were in `tookMs`. Milliseconds since the start. */
function byRate(asked: Question, spends: readonly Spend[], tookMs: number): number {
  const spent = amountOf(spends);
  return lastAt(asked.seen) - asked.startedAt + (spent > 0 ? (asked.left * tookMs) / spent : 0);
}

/** One point for each share of `ASKED_AT`, over all runs. */
export function backtest(runs: readonly (readonly Spend[])[]): BacktestPoint[] {
  const residuals = runs.map(residualsOf);
  return ASKED_AT.map((part) => {
    const tally = { right: 0, mean: 0, lastTen: 0, covered: 0, runs: 0 };
    for (const [at, run] of runs.entries()) {
      const asked = ask(run, part);
      if (asked === null) continue;
      const { seen, left, startedAt, actualMs } = asked;
      tally.runs += 1;
      const isRight = (ms: number): boolean => Math.abs(ms - actualMs) <= TOLERANCE * actualMs;
      const count = Math.min(LAST, seen.length - 1);
      const lately = seen.slice(-count);
      if (isRight(byRate(asked, seen, lastAt(seen) - startedAt))) tally.mean += 1;
      if (isRight(byRate(asked, lately, lastAt(seen) - (seen.at(-1 - count) as Spend).at))) tally.lastTen += 1;
      const others = residuals.filter((_, other) => other !== at).flat();
      const course = courseOf(seen);
      if (course === null) continue;
      const made = forecast(course, left, lastAt(seen), calibrate(others, part));
      if (isRight(made.exhaustsAt - startedAt)) tally.right += 1;
      const end = startedAt + actualMs;
      if (made.low <= end && end <= made.high) tally.covered += 1;
    }
    const share = (count: number): number => (tally.runs === 0 ? 0 : count / tally.runs);
    return {
      asked: part,
      right: share(tally.right),
      rightByMean: share(tally.mean),
      rightByLastTen: share(tally.lastTen),
      covered: share(tally.covered),
      runs: tally.runs,
    };
  });
}
