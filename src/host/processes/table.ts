/** Snapshot of all processes from /proc: one directory listing and one read each, no child process. */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import type { ProcessDetail, ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';
import { readLine } from './line.ts';
import { isOver, parseFullStat } from './stat.ts';

/** Page size in bytes; every platform of Node 20 has 4 KiB pages, except some ARM and POWER kernels. */
const PAGE_BYTES = 4096;

/** Reads one process; null if it is gone or dead. */
export function rowOf(proc: string, pid: number): ProcessRow | null {
  let text: string;
  try {
    text = readLine(`${proc}/${pid}/stat`);
  } catch {
    return null;
  }
  const stat = parseFullStat(text);
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

const PROGRAMS_AT_MOST = 4096;

/** Reads details. The executable's path is read once for each process and name, as a new program changes the name. */
export function detailReader(proc: string): (row: ProcessRow) => ProcessDetail {
  const programs = new Map<string, string | null>();
  return ({ pid, started, command }) => {
    let uid: number | null = null;
    const key = `${pid}.${started}.${command}`;
    let program = programs.get(key) ?? null;
    try {
      uid = statSync(`${proc}/${pid}`).uid;
      program ??=
        readlinkSync(`${proc}/${pid}/exe`)
          .replace(/ \(deleted\)$/, '')
          .split('/')
          .at(-1) ?? null;
    } catch {
      // The process is gone, or belongs to another user.
    }
    if (programs.size >= PROGRAMS_AT_MOST) programs.clear();
    programs.set(key, program);
    return { uid, program };
  };
}

/** Pids of the process and its ancestors. */
export function lineage(table: ProcessTable, pid: number): Set<number> {
  const own = new Set<number>();
  for (let at = pid; at > 0 && !own.has(at); at = table.get(at)?.parent ?? 0) own.add(at);
  return own;
}
