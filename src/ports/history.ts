/** The ports to the history and to recorded runs. */
import type { Instant } from '../core/model/instants.ts';
import type { HistoryRecord, KeptRecord } from '../core/model/record.ts';

/** The append-only record of events. No grant depends on it. */
export interface History {
  /** Never throws, because a failed write must not undo the recorded action. */
  append(...records: HistoryRecord[]): void;
}

export interface HistorySelection {
  readonly since?: Instant | null;
  readonly until?: Instant | null;
  /** Only records of these kinds; null takes all. */
  readonly kinds?: ReadonlySet<string> | null;
}

/** Calls back with each record in the order of writing. Unreadable records are skipped. */
export type HistoryReader = { each(selection: HistorySelection, take: (record: KeptRecord) => void): void };

/** One model call of a recorded run. */
export interface RecordedCall {
  readonly atMs: number;
  readonly tokens: number;
  readonly costMicroUsd: number;
}

export interface RecordedRun {
  readonly name: string;
  readonly calls: readonly RecordedCall[];
}

export type OpenHistory = { openHistory(): Promise<History> };

/** Of this state, or of what a path names. */
export type ReadHistory = { readHistory(source?: string): Promise<HistoryReader> };

/** Recorded runs in a folder, one file of JSON lines each. */
export type ReadRuns = { readRuns(folder: string): Promise<readonly RecordedRun[]> };
