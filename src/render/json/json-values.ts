/** Instants, shares and amounts of all JSON answers. */
import type { Amounts, Dimension } from '../../core/model/budget.ts';
import type { Instant } from '../../core/model/instants.ts';
import { type PublishedName, published } from '../../core/model/published.ts';

export function iso(at: Instant): string;
export function iso(at: Instant | null): string | null;
export function iso(at: Instant | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** Rounded to four decimals. */
export const round = (value: number): number => Math.round(value * 10_000) / 10_000;
export const rounded = (value: number | null): number | null => (value === null ? null : round(value));

/** Tokens, seconds, dollars; null is unlimited. */
export type AmountsJson = Readonly<Record<PublishedName, number | null>>;

export function amountsJson(amounts: Amounts): AmountsJson {
  const amount = (dimension: Dimension): number | null => {
    const own = amounts[dimension];
    return own === null ? null : published(dimension, own);
  };
  return { tokens: amount('tokens'), time_seconds: amount('timeMs'), cost: amount('costMicroUsd') };
}
