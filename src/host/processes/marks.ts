/** Finding processes by what stands in their environment. What could not be read is not marked. */
import { readFileSync } from 'node:fs';
import type { ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';

/** The variable that `run` puts into the environment of what it starts; its value names one run for ever. */
export const MARK_VARIABLE = 'RESOURCE_MANAGER_MARK';

/** Reading an environment touches the memory of its process, so each is read once as long as it lives. */
export type MarkReader = (table: ProcessTable) => ReadonlyMap<number, string>;

const PREFIX = Buffer.from(`${MARK_VARIABLE}=`);

function markOf(proc: string, pid: number): string | null {
  let environ: Buffer;
  try {
    environ = readFileSync(`${proc}/${pid}/environ`);
  } catch {
    return null;
  }
  for (let at = environ.indexOf(PREFIX); at >= 0; at = environ.indexOf(PREFIX, at + 1)) {
    if (at > 0 && environ[at - 1] !== 0) continue;
    const end = environ.indexOf(0, at);
    return environ.toString('latin1', at + PREFIX.length, end < 0 ? environ.length : end);
  }
  return null;
}

/** Marks by pid, of all processes that carry one. */
export function markReader(proc = '/proc'): MarkReader {
  let known = new Map<string, string | null>();
  return (table) => {
    const marks = new Map<number, string>();
    const seen = new Map<string, string | null>();
    const keyOf = ({ pid, started, command }: ProcessRow): string => `${pid}.${started}.${command}`;
    for (const row of table.values()) {
      // A process that was just forked changes its environment with its name when it starts another program.
      const key = keyOf(row);
      const before = known.get(key);
      const mark = before === undefined ? markOf(proc, row.pid) : before;
      seen.set(key, mark);
      if (mark !== null) marks.set(row.pid, mark);
    }
    known = seen;
    return marks;
  };
}
