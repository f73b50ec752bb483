import { readFileSync } from 'node:fs';
import { hasNoProcess } from './gone.ts';
import { readLine } from './line.ts';
import { originReader } from './origins.ts';
import { isOver, parseStat } from './stat.ts';
import { detailReader, rowOf, scanTable } from './table.ts';
import type { ProcessView } from './view.ts';

const PAGE_BYTES = 4096;
/** Times in /proc/PID/stat are counted in hundredths of a second on every platform that Node runs on. */
const TICK_MS = 10;

/** Resident memory less what is shared with others, by /proc/PID/statm. */
export function privateBytes(proc: string, pid: number): number {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`${proc}/${pid}/statm`, 'latin1').split(' ').map(Number);
    return Math.max(0, resident - shared) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

function lineOf(path: string): string {
  try {
    return readLine(path);
  } catch {
    return '';
  }
}

/**
 * Since the boot from which start times are counted; 0 where it cannot be told. A container may be shown an uptime of its
 * own (lxcfs), and the age of this process misses what the machine has slept: each is at most the truth.
 */
function uptimeMs(proc: string): number {
  const shownMs = Number.parseFloat(lineOf(`${proc}/uptime`)) * 1000 || 0;
  const self = parseStat(lineOf(`${proc}/self/stat`));
  return Math.max(shownMs, self === null ? 0 : self.started * TICK_MS + process.uptime() * 1000);
}

function isOverOrGone(proc: string, pid: number): boolean {
  try {
    const stat = parseStat(readLine(`${proc}/${pid}/stat`));
    return stat !== null && isOver(stat);
  } catch {
    return hasNoProcess(pid);
  }
}

/** All processes by /proc. */
export const linuxView = (proc = '/proc'): ProcessView => ({
  scan: () => scanTable(proc),
  row: (pid) => rowOf(proc, pid),
  detail: detailReader(proc),
  origins: originReader(proc),
  ageMs: ({ started }) => Math.max(0, uptimeMs(proc) - started * TICK_MS),
  isGone: (pid) => isOverOrGone(proc, pid),
  below: async () => [],
  ownBytes: ({ pid }) => privateBytes(proc, pid),
});
