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

interface Known {
  readonly mark: string | null;
  readonly looks: number;
}

/** A process changes its environment when it starts another program, which those that were just forked are about to. */
const LOOKS_FOR_NONE = 2;

/** Marks by pid, of all processes that carry one. */
export function markReader(proc = '/proc'): MarkReader {
  let known = new Map<string, Known>();
  return (table) => {
    const marks = new Map<number, string>();
    const seen = new Map<string, Known>();
    const keyOf = ({ pid, started, command }: ProcessRow): string => `${pid}.${started}.${command}`;
    for (const row of table.values()) {
      const key = keyOf(row);
      const before = known.get(key);
      const isSettled = before !== undefined && (before.mark !== null || before.looks >= LOOKS_FOR_NONE);
      const now = isSettled ? before : { mark: markOf(proc, row.pid), looks: (before?.looks ?? 0) + 1 };
      seen.set(key, now);
      if (now.mark !== null) marks.set(row.pid, now.mark);
    }
    known = seen;
    return marks;
  };
}
