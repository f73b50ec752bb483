import type { Origin, ProcessDetail, ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';

/** Platform-specific view of all processes. */
export interface ProcessView {
  /** Reads all processes; throws if they cannot be listed. */
  scan(): ProcessTable;
  /** Reads one process; null if it is gone or dead. */
  row(pid: number): ProcessRow | null;
  detail(row: ProcessRow): ProcessDetail;
  /** Origins by pid, for all processes that have one. */
  origins(table: ProcessTable): ReadonlyMap<number, Origin>;
  /** Milliseconds since the process started; 0 if unknown. */
  ageMs(row: ProcessRow): number;
  /** True only if certainly no live process has this pid, visible or hidden. */
  isGone(pid: number): boolean;
  /** Descendants of a process from the platform's own tool; empty where `scan` is complete. Rejects if unsure. */
  below(pid: number): Promise<readonly number[]>;
  /** Memory that the end of a process would free, in bytes. */
  ownBytes(row: ProcessRow): number;
}
