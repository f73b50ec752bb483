import type { Instant } from './instants.ts';

/** One thing that happened, as it was kept. */
export interface KeptRecord {
  readonly at: Instant;
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** Every kind that is written, but for what is ordered about budgets; each has words for people. */
export const RECORD_KINDS = [
  'granted',
  'queued',
  'denied',
  'withdrawn',
  'dropped',
  'offered',
  'lapsed',
  'released',
  'reclaimed',
  'ending',
  'killed',
  'kill',
  'reap',
  'orphans',
  'abandoned',
  'pause',
  'health',
  'sample',
  'max-set',
  'run',
  'usage',
  'budget',
  'budget-stopped',
  'pressure',
  'rebalance',
  'forecast',
] as const;

/** `budget-allocate` and the like: what was ordered. */
export type RecordKind = (typeof RECORD_KINDS)[number] | `budget-${string}`;

/** One thing that happened, as it is handed over to be kept. */
export type HistoryRecord = Readonly<Record<string, unknown>> & { readonly kind: RecordKind };

export const textIn = (record: KeptRecord, key: string): string | null => {
  const value = record[key];
  return typeof value === 'string' ? value : null;
};

export const numberIn = (record: KeptRecord, key: string): number | null => {
  const value = record[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};
