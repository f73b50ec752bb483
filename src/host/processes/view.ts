import type { Origin, ProcessDetail, ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';

/** How a platform lets all processes be seen at once. */
export interface ProcessView {
  /** Throws when the processes cannot be listed: nothing seen is not the same as nothing there. */
  scan(): ProcessTable;
  /** One process now; null when it is gone or dead already. */
  row(pid: number): ProcessRow | null;
  detail(row: ProcessRow): ProcessDetail;
  /** Origins by pid, of all processes whose environment tells one. */
  origins(table: ProcessTable): ReadonlyMap<number, Origin>;
  /** Milliseconds since it started; 0 where that cannot be told. */
  ageMs(row: ProcessRow): number;
  /** True only when it is certain that no live process has this pid, seen or hidden. */
  isGone(pid: number): boolean;
  /** Pids below a process as the platform's own tool tells them; empty where `scan` says it all. Rejects when unsure. */
  below(pid: number): Promise<readonly number[]>;
  /** Memory that would come free with a process, in bytes. */
  ownBytes(row: ProcessRow): number;
}
