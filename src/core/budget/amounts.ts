/** Arithmetic over all dimensions at once. */
import type { Amounts, Dimension, Usage } from '../model/budget.ts';

export const NOTHING: Usage = { tokens: 0, timeMs: 0, costMicroUsd: 0 };
export const UNLIMITED: Amounts = { tokens: null, timeMs: null, costMicroUsd: null };

export const each = <T>(amountOf: (dimension: Dimension) => T): Readonly<Record<Dimension, T>> => ({
  tokens: amountOf('tokens'),
  timeMs: amountOf('timeMs'),
  costMicroUsd: amountOf('costMicroUsd'),
});

/** Both amounts together, at most what the ledger can hold, so that no report makes it unsound. */
export const plus = (a: Usage, b: Usage): Usage =>
  each((dimension) => Math.min(a[dimension] + b[dimension], Number.MAX_SAFE_INTEGER));
export const minus = (a: Usage, b: Usage): Usage => each((dimension) => a[dimension] - b[dimension]);
export const least = (a: Usage, b: Usage): Usage => each((dimension) => Math.min(a[dimension], b[dimension]));

/** The limits raised by the amounts; an unlimited dimension stays unlimited. */
export const raised = (limits: Amounts, by: Usage): Amounts =>
  each((dimension) => {
    const limit = limits[dimension];
    return limit === null ? null : limit + by[dimension];
  });
export const lowered = (limits: Amounts, by: Usage): Amounts => raised(limits, minus(NOTHING, by));

export const isNothing = (usage: Usage): boolean =>
  usage.tokens === 0 && usage.timeMs === 0 && usage.costMicroUsd === 0;
