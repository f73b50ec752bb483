/** When what an agent has in one dimension is used up: calls left (growth.ts) × time a call takes (pace.ts). */
import type { Instant } from '../model/instants.ts';
import type { Calibration } from './calibration.ts';
import { callsUntil } from './growth.ts';
import { paceOf } from './pace.ts';
import type { Spend } from './spend.ts';

/** Fewer calls say nothing about growth or pace. */
export const FEWEST_SPENDS = 4;

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

/** When `left` will be spent; null when there is too little to go on. */
export function forecast(
  spends: readonly Spend[],
  left: number,
  now: Instant,
  calibration: Calibration,
): Forecast | null {
  if (spends.length < FEWEST_SPENDS) return null;
  const pace = paceOf(spends);
  const calls = callsUntil(
    spends.map(({ amount }) => amount),
    left,
  );
  if (pace === null || calls === null) return null;
  const last = (spends.at(-1) as Spend).at;
  const baseMs = calls * pace.perCallMs * pace.wallPerActive * SLOWING;
  const at = (factor: number): Instant => Math.max(now, Math.round(last + baseMs * factor)) as Instant;
  return {
    calls,
    baseMs,
    exhaustsAt: at(calibration.centre),
    low: at(calibration.low),
    high: at(calibration.high),
  };
}
