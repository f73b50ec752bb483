/** Forecasts when a budget is used up in one dimension: calls left (growth.ts) × time per call (pace.ts). */
import type { Instant } from '../model/instants.ts';
import type { Calibration } from './calibration.ts';
import { callsUntil, type Growth, growthOf } from './growth.ts';
import { paceOf } from './pace.ts';
import type { Spend } from './spend.ts';

/** Fewest calls from which growth and pace are estimated. */
const FEWEST_SPENDS = 4;

export interface Forecast {
  /** Calls until the budget is used up. */
  readonly calls: number;
  /** Time until then, not calibrated, in milliseconds from the last call. */
  readonly baseMs: number;
  readonly exhaustsAt: Instant;
  readonly low: Instant;
  readonly high: Instant;
}

/**
 * Future calls take longer than past ones without their outliers: they run tests, carry longer contexts and meet the
 * unforeseen. Recorded runs slow down by a fourth to a third, at every share of their budgets.
 */
const SLOWING = 1.3;

/** Estimated cost and duration of an agent's next calls. */
export interface Course {
  readonly growth: Growth;
  /** Time from call to call, idle time included, in milliseconds. */
  readonly perCallMs: number;
  readonly lastAt: Instant;
}

/** Estimates the course from past calls in order; null if they are too few or cost nothing. */
export function courseOf(spends: readonly Spend[]): Course | null {
  if (spends.length < FEWEST_SPENDS) return null;
  const pace = paceOf(spends);
  const growth = growthOf(spends.map(({ amount }) => amount));
  if (pace === null || growth === null) return null;
  const perCallMs = pace.perCallMs * pace.wallPerActive * SLOWING;
  return { growth, perCallMs, lastAt: (spends.at(-1) as Spend).at };
}

/** Forecasts when an agent on this course has spent `left`, never before `now`. */
export function forecast(course: Course, left: number, now: Instant, { centre, low, high }: Calibration): Forecast {
  const calls = callsUntil(course.growth, left);
  const baseMs = calls * course.perCallMs;
  const at = (factor: number): Instant => Math.max(now, Math.round(course.lastAt + baseMs * factor)) as Instant;
  return { calls, baseMs, exhaustsAt: at(centre), low: at(low), high: at(high) };
}
