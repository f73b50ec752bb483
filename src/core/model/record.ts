import type { Instant } from './instants.ts';

/** A history record, as it is read. */
export interface KeptRecord {
  readonly at: Instant;
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** All kinds of written records, except budget commands; each has words for people. */
export const RECORD_KINDS = [
  'granted',
  'queued',
  'waiting',
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
  'clock-set',
  'run',
  'usage',
  'budget',
  'overrun',
  'budget-stopped',
  'pressure',
  'rebalance',
  'forecast',
] as const;

/** Kinds of the records of budget commands. */
export const BUDGET_RECORD_KINDS = [
  'budget-total',
  'budget-allocate',
  'budget-borrow',
  'budget-return',
  'budget-release',
  'budget-throttle',
  'budget-stop',
  'budget-resume',
] as const;

/** Kind of a budget command, such as `budget-allocate`. */
export type RecordKind = (typeof RECORD_KINDS)[number] | `budget-${string}`;

/** A history record, as it is written. */
export type HistoryRecord = Readonly<Record<string, unknown>> & { readonly kind: RecordKind };

export const textIn = (record: KeptRecord, key: string): string | null => {
  const value = record[key];
  return typeof value === 'string' ? value : null;
};

export const numberIn = (record: KeptRecord, key: string): number | null => {
  const value = record[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};
