/** When what an agent has in one dimension is used up: calls left (growth.ts) × time a call takes (pace.ts). */
import type { Instant } from '../model/instants.ts';
import type { Calibration } from './calibration.ts';
import type { Growth } from './growth.ts';
import { callsUntil, growthOf } from './growth.ts';
import { paceOf } from './pace.ts';
import type { Spend } from './spend.ts';

/** Fewer calls say nothing about growth or pace. */
const FEWEST_SPENDS = 4;

export interface Forecast {
  /** More calls until it is used up. */
  readonly calls: number;
  /** Time until then as the calls so far tell it, before past forecasts correct it; in milliseconds from the last call. */
  readonly baseMs: number;
  readonly exhaustsAt: Instant;
  readonly low: Instant;
  readonly high: Instant;
}

/**
 * Calls to come take longer than those so far, the exceptions left out: they run tests and carry longer contexts, and what is
 * unforeseen takes time. Observed on recorded runs as a fourth to a third, at every part of their budgets.
 */
const SLOWING = 1.3;

/** How an agent spends: what its next calls cost and how long they take. */
export interface Course {
  readonly growth: Growth;
  /** Time from call to call, idleness included, in milliseconds. */
  readonly perCallMs: number;
  readonly lastAt: Instant;
}

/** Null when there is too little to go on. */
export function courseOf(spends: readonly Spend[]): Course | null {
  if (spends.length < FEWEST_SPENDS) return null;
  const pace = paceOf(spends);
  const growth = growthOf(spends.map(({ amount }) => amount));
  if (pace === null || growth === null) return null;
  return {
    growth,
    perCallMs: pace.perCallMs * pace.wallPerActive * SLOWING,
    lastAt: (spends.at(-1) as Spend).at,
  };
}

/** When `left` will be spent by an agent on this course. */
export function forecast(course: Course, left: number, now: Instant, { centre, low, high }: Calibration): Forecast {
  const calls = callsUntil(course.growth, left);
  const baseMs = calls * course.perCallMs;
  const at = (factor: number): Instant => Math.max(now, Math.round(course.lastAt + baseMs * factor)) as Instant;
  return { calls, baseMs, exhaustsAt: at(centre), low: at(low), high: at(high) };
}
