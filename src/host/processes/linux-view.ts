import { bootClockMs } from '../boot-clock.ts';
import { readTextOrEmpty } from '../read-text.ts';
import { hasNoProcess } from './gone.ts';
import { originReader } from './origins.ts';
import { isOver, statOf, TICK_MS } from './stat.ts';
import { detailReader, rowOf, scanTable } from './table.ts';
import type { ProcessView } from './view.ts';

const PAGE_BYTES = 4096;
/** Resident memory without its shared part, from /proc/PID/statm. */
export function privateBytes(proc: string, pid: number): number {
  const [, resident = 0, shared = 0] = readTextOrEmpty(`${proc}/${pid}/statm`).split(' ').map(Number);
  return Math.max(0, resident - shared) * PAGE_BYTES;
}

/**
 * Milliseconds since the boot that start times refer to; 0 if unknown. A container may see its own uptime (lxcfs), and
 * this process's age omits suspended time, so each is only a lower bound.
 */
function uptimeMs(proc: string): number {
  const shownMs = bootClockMs(proc) ?? 0;
  const self = statOf(proc, 'self');
  return Math.max(shownMs, self === null ? 0 : self.started * TICK_MS + process.uptime() * 1000);
}

function isOverOrGone(proc: string, pid: number): boolean {
  const stat = statOf(proc, pid);
  return stat === null ? hasNoProcess(pid) : isOver(stat);
}

/** View of all processes through /proc. */
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
