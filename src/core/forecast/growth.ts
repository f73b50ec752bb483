/**
 * How many more calls an amount lasts. An agent's context grows with each call, so each costs more than the last: with
 * a straight line through the costs of its calls, what is left is a quadratic in their number. A mean rate, which takes the
 * calls to come for as cheap as the first ones, is late every time.
 */
import { mean, median } from './spend.ts';

/** Calls on either side of a break that must agree. */
const SIDE = 5;
/** Typical costs of neighbouring calls that differ by this factor are no growth but a new beginning. */
const BREAK = 2;
/** The cost of the next call is read off so many of the latest ones. */
const LEVEL_OF = 20;
/** More pairs of calls than this give no better slope. */
const MOST_POINTS = 100;

/** Slope per call by Theil and Sen: the median over all pairs, which a few odd calls do not move. Never below 0. */
function growthPerCall(amounts: readonly number[]): number {
  const step = Math.max(1, Math.ceil(amounts.length / MOST_POINTS));
  const slopes: number[] = [];
  for (let from = 0; from < amounts.length; from += step)
    for (let to = from + step; to < amounts.length; to += step)
      slopes.push(((amounts[to] as number) - (amounts[from] as number)) / (to - from));
  return Math.max(0, median(slopes));
}

/** Where the calls that are like the latest begin: behind a compacted context, another model, a new kind of work. */
function latestBreak(amounts: readonly number[]): { readonly at: number; readonly isDrop: boolean } | null {
  const ratio = (at: number): number => {
    const before = median(amounts.slice(at - SIDE, at));
    return before <= 0 ? 1 : median(amounts.slice(at, at + SIDE)) / before;
  };
  const size = (at: number): number => Math.abs(Math.log(Math.max(ratio(at), 1e-9)));
  for (let at = amounts.length - SIDE; at >= SIDE; at -= 1) {
    if (size(at) < Math.log(BREAK)) continue;
    // The window slides over the break; it is where the two sides differ most.
    let best = at;
    for (let other = at - 1; other >= Math.max(SIDE, at - SIDE); other -= 1) if (size(other) > size(best)) best = other;
    return { at: best, isDrop: ratio(best) < 1 };
  }
  return null;
}

/** What the next calls cost: a level that grows with each, up to a height at which the context is compacted. */
export interface Growth {
  readonly level: number;
  readonly perCall: number;
  /** Null while nothing was ever compacted. */
  readonly compaction: { readonly peak: number; readonly start: number } | null;
}

/** From the costs of the calls so far, in order; null when they cost nothing. */
export function growthOf(amounts: readonly number[]): Growth | null {
  const found = latestBreak(amounts);
  const stretch = found === null ? amounts : amounts.slice(found.at);
  const isShort = found !== null && stretch.length < 2 * SIDE;
  const perCall = growthPerCall(isShort ? amounts.slice(0, found.at) : stretch);
  const latest = stretch.slice(-LEVEL_OF);
  const level = mean(latest) + (perCall * (latest.length - 1)) / 2;
  if (level <= 0) return null;
  const peak = found?.isDrop === true ? Math.max(...amounts.slice(Math.max(0, found.at - SIDE), found.at)) : null;
  const isClimbing = peak !== null && perCall > 0 && level < peak;
  return { level, perCall, compaction: isClimbing ? { peak, start: stretch[0] as number } : null };
}

/** Smallest number of calls, whole or not, in which `level + perCall × k` adds up to `left`. */
function climbingCalls({ level, perCall }: Growth, left: number): number {
  const linear = level + perCall / 2;
  // The quadratic formula the other way up: it loses no digits when the growth is next to nothing.
  return (2 * left) / (linear + Math.sqrt(linear * linear + 2 * perCall * left));
}

/** A context that was compacted once will be again: it grows to the same height, then begins anew. */
function climbOf({ level, perCall }: Growth, peak: number): { readonly calls: number; readonly amount: number } {
  const calls = (peak - level) / perCall;
  return { calls, amount: (calls * (level + peak)) / 2 };
}

/** So many more calls spend `left`. */
export function callsUntil(growth: Growth, left: number): number {
  if (left <= 0) return 0;
  if (growth.compaction === null) return climbingCalls(growth, left);
  const { peak, start } = growth.compaction;
  const climb = climbOf(growth, peak);
  return left <= climb.amount
    ? climbingCalls(growth, left)
    : climb.calls + (left - climb.amount) / ((peak + start) / 2);
}

/** What so many more calls spend. */
export function spendOver(growth: Growth, calls: number): number {
  const { level, perCall, compaction } = growth;
  const climbing = (count: number): number => count * level + (perCall * count * (count + 1)) / 2;
  if (compaction === null) return climbing(calls);
  const climb = climbOf(growth, compaction.peak);
  return calls <= climb.calls
    ? climbing(calls)
    : climb.amount + ((calls - climb.calls) * (compaction.peak + compaction.start)) / 2;
}
