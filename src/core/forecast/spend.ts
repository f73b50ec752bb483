/** An agent's spending in one dimension, call by call: the input of forecasts. */
import type { Instant } from '../model/instants.ts';

export interface Spend {
  readonly at: Instant;
  readonly amount: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

export const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sumOf(values) / values.length);
