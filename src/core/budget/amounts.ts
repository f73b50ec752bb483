/** Sums over all dimensions at once. */
import type { Amounts, Dimension, Usage } from '../model/budget.ts';

export const NOTHING: Usage = { tokens: 0, timeMs: 0, costMicroUsd: 0 };
export const UNLIMITED: Amounts = { tokens: null, timeMs: null, costMicroUsd: null };

export const each = <T>(amountOf: (dimension: Dimension) => T): Readonly<Record<Dimension, T>> => ({
  tokens: amountOf('tokens'),
  timeMs: amountOf('timeMs'),
  costMicroUsd: amountOf('costMicroUsd'),
});

export const plus = (a: Usage, b: Usage): Usage => each((of) => a[of] + b[of]);
export const minus = (a: Usage, b: Usage): Usage => each((of) => a[of] - b[of]);
export const least = (a: Usage, b: Usage): Usage => each((of) => Math.min(a[of], b[of]));
export const isNothing = (usage: Usage): boolean =>
  usage.tokens === 0 && usage.timeMs === 0 && usage.costMicroUsd === 0;
