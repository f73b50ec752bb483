/**
 * How long a call takes. Gaps between calls are mostly short, with a few long ones (a test suite, a person); a plain mean
 * jumps with each of those. Later calls count more, since work changes from reading to running as it goes on.
 */
import type { Spend } from './spend.ts';
import { median, sum } from './spend.ts';

/** A longer silence is idleness, not work. */
const IDLE_MS = 300_000;
/** A gap counts as so many typical ones at most. */
const MOST_TYPICAL = 3;
/** So many latest gaps that are this much longer than usual are a new pace, not an exception. */
const LATELY = 8;
const BREAK = 2;

export interface Pace {
  /** Time from call to call while it works, in milliseconds. */
  readonly perCallMs: number;
  /** Time that passed for each time that it worked: 1 for an agent that is never idle. */
  readonly wallPerActive: number;
}

/** Null before the second call, and when all came at one moment. */
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
  const worked = sum(active) + (gaps.length - active.length) * perCallMs;
  return { perCallMs, wallPerActive: Math.max(1, sum(gaps) / worked) };
}
