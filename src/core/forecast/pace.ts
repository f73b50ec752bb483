/**
 * Estimates the time per call. Gaps between calls are mostly short, with a few long ones (a test suite, a person) at which
 * a plain mean would jump. Later calls count more, since work changes from reading to running.
 */
import { median, type Spend, sumOf } from './spend.ts';

/** A longer gap is idle time, not work. */
const IDLE_MS = 300_000;
/** Longest gap that counts in full, in typical gaps. */
const MOST_TYPICAL = 3;
/** If the latest `LATELY` gaps are longer than usual by the factor `BREAK`, the pace has changed. */
const LATELY = 8;
const BREAK = 2;

export interface Pace {
  /** Time from call to call while the agent works, in milliseconds. */
  readonly perCallMs: number;
  /** Elapsed time ÷ working time; 1 for an agent that is never idle. */
  readonly wallPerActive: number;
}

/** Estimates the pace from calls in order; null if no gap counts as work, or all calls have one instant. */
export function paceOf(spends: readonly Spend[]): Pace | null {
  const gaps = spends.slice(1).map(({ at }, n) => Math.max(0, at - (spends[n] as Spend).at));
  const active = gaps.filter((gap) => gap <= IDLE_MS);
  if (active.length === 0) return null;
  const [usual, lately] = [median(active), median(active.slice(-LATELY))];
  const most = MOST_TYPICAL * (lately > BREAK * usual ? lately : usual);
  let weights = 0;
  let weighted = 0;
  for (const [at, gap] of active.entries()) {
    weights += at + 1;
    weighted += (at + 1) * Math.min(gap, most);
  }
  const perCallMs = weighted / weights;
  if (perCallMs <= 0) return null;
  const worked = sumOf(active) + (gaps.length - active.length) * perCallMs;
  return { perCallMs, wallPerActive: Math.max(1, sumOf(gaps) / worked) };
}
