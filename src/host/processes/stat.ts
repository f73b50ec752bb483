/** Reads and parses a line of /proc/PID/stat. */
import { orElse } from '../../errors.ts';
import { bootOffsetMs } from '../boot-clock.ts';
import { readLine } from './line.ts';

export interface ProcStat {
  readonly command: string;
  readonly state: string;
  readonly parent: number;
  /** Pid of the leader of its session; 0 if that is in another pid namespace. */
  readonly session: number;
  readonly threads: number;
  /** Clock ticks since the machine's boot. */
  readonly started: number;
}

/** Milliseconds per tick of the times in /proc/PID/stat; 10 on every platform that Node runs on. */
export const TICK_MS = 10;

/** Further fields, for looks at whole process trees. */
export interface FullStat extends ProcStat {
  readonly group: number;
  /** Device number of its terminal; 0 without one. */
  readonly tty: number;
  /** Foreground process group of that terminal. */
  readonly foreground: number;
  /** Processor time in clock ticks, including children it has waited for. */
  readonly cpuTicks: number;
  readonly childTicks: number;
  readonly rssPages: number;
}

/**
 * Parses /proc/PID/stat (proc(5)). The name is in parentheses and may contain any character, so it ends at the last
 * parenthesis. Null if the text has another form.
 */
export const parseStat = (text: string): ProcStat | null => fieldsOf(text)?.short ?? null;

function fieldsOf(text: string): { readonly short: ProcStat; readonly fields: readonly string[] } | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(' ');
  const state = fields[0];
  const parent = Number(fields[1]);
  const session = Number(fields[3]);
  const threads = Number(fields[17]);
  const started = Number(fields[19]);
  if (!state || !Number.isInteger(parent) || !Number.isInteger(threads) || !Number.isInteger(started)) return null;
  const command = text.slice(open + 1, close);
  const since = started - Math.round(bootOffsetMs() / TICK_MS);
  return { short: { command, state, parent, session, threads, started: since }, fields };
}

/** The fields of a process; null if it is gone. */
export const statOf = (proc: string, pid: number | 'self'): ProcStat | null =>
  orElse(() => parseStat(readLine(`${proc}/${pid}/stat`)), null);

export function parseFullStat(text: string): FullStat | null {
  const read = fieldsOf(text);
  if (read === null) return null;
  const { short, fields } = read;
  const number = (at: number): number => Number(fields[at]) || 0;
  return {
    ...short,
    group: number(2),
    session: short.session,
    tty: number(4),
    foreground: number(5),
    cpuTicks: number(11) + number(12),
    childTicks: number(13) + number(14),
    rssPages: number(21),
  };
}

/** True for a dead process that its parent has not reaped. A leader with live threads is not over. */
export const isOver = ({ state, threads }: Pick<ProcStat, 'state' | 'threads'>): boolean =>
  state === 'X' || (state === 'Z' && threads <= 1);
