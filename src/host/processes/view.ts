import type { ProcessDetail, ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';

/** How a platform lets all processes be seen at once. */
export interface ProcessView {
  /** Throws when the processes cannot be listed: nothing seen is not the same as nothing there. */
  scan(): ProcessTable;
  /** One process now; null when it is gone or dead already. */
  row(pid: number): ProcessRow | null;
  detail(row: ProcessRow): ProcessDetail;
  /** Marks by pid, of all processes whose environment carries one. */
  marks(table: ProcessTable): ReadonlyMap<number, string>;
  /** Pids below a process as the platform's own tool tells them; empty where `scan` says it all. Rejects when unsure. */
  below(pid: number): Promise<readonly number[]>;
  /** Memory that would come free with a process, in bytes. */
  ownBytes(row: ProcessRow): number;
}
