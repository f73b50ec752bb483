import { readFileSync } from 'node:fs';
import { markReader } from './marks.ts';
import { detailReader, rowOf, scanTable } from './table.ts';
import type { ProcessView } from './view.ts';

const PAGE_BYTES = 4096;

/** Resident memory less what is shared with others, by /proc/PID/statm. */
export function privateBytes(proc: string, pid: number): number {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`${proc}/${pid}/statm`, 'latin1').split(' ').map(Number);
    return Math.max(0, resident - shared) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/** All processes by /proc. */
export const linuxView = (proc = '/proc'): ProcessView => ({
  scan: () => scanTable(proc),
  row: (pid) => rowOf(proc, pid),
  detail: detailReader(proc),
  marks: markReader(proc),
  below: async () => [],
  ownBytes: ({ pid }) => privateBytes(proc, pid),
});
