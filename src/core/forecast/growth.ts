/**
 * Estimates how many more calls an amount lasts. An agent's context grows with each call, so each call costs more than the
 * last: with linear costs, the amount is a quadratic of the number of calls. A mean rate assumes that future calls are as
 * cheap as the first ones, so its forecasts are always late.
 */
import { mean, median } from './spend.ts';

/** Calls that are compared on either side of a break. */
const SIDE = 5;
/** A change of the typical cost by this factor is a break, not growth. */
const BREAK = 2;
/** Latest calls from which the cost of the next one is estimated. */
const LEVEL_OF = 20;
/** Calls that are compared in pairs; more of them give no better slope. */
const MOST_POINTS = 100;

/** Theil–Sen slope per call: the median over all pairs, so outliers hardly change it. 0 or more. */
function growthPerCall(amounts: readonly number[]): number {
  const step = Math.max(1, Math.ceil(amounts.length / MOST_POINTS));
  const slopes: number[] = [];
  for (let from = 0; from < amounts.length; from += step)
    for (let to = from + step; to < amounts.length; to += step)
      slopes.push(((amounts[to] as number) - (amounts[from] as number)) / (to - from));
  return Math.max(0, median(slopes));
}

/** The latest break in the costs, caused by a compacted context, another model or a new kind of work; null without one. */
function latestBreak(amounts: readonly number[]): { readonly at: number; readonly isDrop: boolean } | null {
  const ratio = (at: number): number => {
    const before = median(amounts.slice(at - SIDE, at));
    return before <= 0 ? 1 : median(amounts.slice(at, at + SIDE)) / before;
  };
  const size = (at: number): number => Math.abs(Math.log(Math.max(ratio(at), 1e-9)));
  for (let at = amounts.length - SIDE; at >= SIDE; at -= 1) {
    if (size(at) < Math.log(BREAK)) continue;
    // The window slides over the break, which lies where the two sides differ most.
    let best = at;
    for (let other = at - 1; other >= Math.max(SIDE, at - SIDE); other -= 1) if (size(other) > size(best)) best = other;
    return { at: best, isDrop: ratio(best) < 1 };
  }
  return null;
}

/** Cost of the next calls: a level that grows with each call, up to a peak at which the context is compacted. */
export interface Growth {
  readonly level: number;
  readonly perCall: number;
  /** Null without an earlier compaction. */
  readonly compaction: { readonly peak: number; readonly start: number } | null;
}

/** Estimates growth from the costs of past calls in order; null if they cost nothing. */
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
  // This form of the quadratic formula stays accurate when growth is close to 0.
  return (2 * left) / (linear + Math.sqrt(linear * linear + 2 * perCall * left));
}

/** Calls and amount until the next compaction, expected at the peak of the last one. */
function climbOf({ level, perCall }: Growth, peak: number): { readonly calls: number; readonly amount: number } {
  const calls = (peak - level) / perCall;
  return { calls, amount: (calls * (level + peak)) / 2 };
}

/** Number of further calls that spend `left`, not rounded. */
export function callsUntil(growth: Growth, left: number): number {
  if (left <= 0) return 0;
  if (growth.compaction === null) return climbingCalls(growth, left);
  const { peak, start } = growth.compaction;
  const climb = climbOf(growth, peak);
  return left <= climb.amount
    ? climbingCalls(growth, left)
    : climb.calls + (left - climb.amount) / ((peak + start) / 2);
}

/** Amount that the next `calls` calls spend. */
export function spendOver(growth: Growth, calls: number): number {
  const { level, perCall, compaction } = growth;
  const climbing = (count: number): number => count * level + (perCall * count * (count + 1)) / 2;
  if (compaction === null) return climbing(calls);
  const climb = climbOf(growth, compaction.peak);
  return calls <= climb.calls
    ? climbing(calls)
    : climb.amount + ((calls - climb.calls) * (compaction.peak + compaction.start)) / 2;
}
