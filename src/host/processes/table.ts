/** Snapshot of all processes from /proc: one directory listing and one read each, no child process. */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import type { ProcessDetail, ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';
import { orElse } from '../../errors.ts';
import { readLine } from './line.ts';
import { isOver, parseFullStat } from './stat.ts';

/** Page size in bytes; every platform of Node 20 has 4 KiB pages, except some ARM and POWER kernels. */
const PAGE_BYTES = 4096;

/** Reads one process; null if it is gone or dead. */
export function rowOf(proc: string, pid: number): ProcessRow | null {
  const stat = orElse(() => parseFullStat(readLine(`${proc}/${pid}/stat`)), null);
  if (stat === null || isOver(stat)) return null;
  const { parent, group, session, tty, started, state, command } = stat;
  return { pid, parent, group, session, tty, started, state, command, rssBytes: stat.rssPages * PAGE_BYTES };
}

/** Reads all processes; throws if they cannot be listed, because a failure must not look like an empty table. */
export function scanTable(proc = '/proc'): ProcessTable {
  const table = new Map<number, ProcessRow>();
  for (const name of readdirSync(proc)) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const row = rowOf(proc, Number(name));
    if (row !== null) table.set(row.pid, row);
  }
  return table;
}

const LOOKS_AT_MOST = 4096;

/** The file that a process executes, without the mark of a file that is gone; null if it may not be read. */
const executedBy = (proc: string, pid: number): string | null =>
  orElse(() => readlinkSync(`${proc}/${pid}/exe`).replace(/ \(deleted\)$/, ''), null);

/** Words of the command line, from its first 4 KiB; none if it cannot be read. */
const wordsOf = (proc: string, pid: number): readonly string[] =>
  orElse(() => readLine(`${proc}/${pid}/cmdline`).replace(/\0+$/, '').split('\0'), []);

type Look = Omit<ProcessDetail, 'uid'>;

/** Reads details. Each is read once for each process and name, as a new program changes the name, but a null again. */
export function detailReader(proc: string): (row: ProcessRow) => ProcessDetail {
  const looks = new Map<string, Look>();
  return ({ pid, started, command }) => {
    const uid = orElse(() => statSync(`${proc}/${pid}`).uid, null);
    const key = `${pid}.${started}.${command}`;
    let look = looks.get(key);
    if (look === undefined || look.path === null) {
      const path = executedBy(proc, pid);
      look = { path, program: path?.split('/').at(-1) ?? null, argv: wordsOf(proc, pid) };
      if (looks.size >= LOOKS_AT_MOST) looks.clear();
      looks.set(key, look);
    }
    return { uid, ...look };
  };
}

/** Pids of the process and its ancestors. */
export function lineage(table: ProcessTable, pid: number): Set<number> {
  const own = new Set<number>();
  for (let at = pid; at > 0 && !own.has(at); at = table.get(at)?.parent ?? 0) own.add(at);
  return own;
}
