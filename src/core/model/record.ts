import type { Instant } from './instants.ts';

/** One thing that happened, as it was kept. */
export interface KeptRecord {
  readonly at: Instant;
  readonly kind: string;
  readonly [key: string]: unknown;
}

export const textIn = (record: KeptRecord, key: string): string | null => {
  const value = record[key];
  return typeof value === 'string' ? value : null;
};

export const numberIn = (record: KeptRecord, key: string): number | null => {
  const value = record[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};
