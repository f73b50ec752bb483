/**
 * View of all processes through `ps`, for systems without /proc, with ps-tree as a second source of descendants. A
 * failure throws; an empty list never counts as "no process".
 */
import { spawnSync } from 'node:child_process';
import type { ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';
import { hasNoProcess } from './gone.ts';
import type { ProcessView } from './view.ts';

const COLUMNS = 'pid=,ppid=,pgid=,sess=,uid=,rss=,stat=,lstart=,comm=';
const TIMEOUT_MS = 2_000;

export interface PortableRow extends ProcessRow {
  readonly uid: number;
}

/** Parses one line of `ps -A -o COLUMNS` in the C locale; null if it has another form. */
export function parseTableRow(line: string): PortableRow | null {
  const match = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(\d+) +(\d+) +(\S+) +(\w{3} +\w{3} +\d+ [\d:]{8} \d{4}) +(.*)$/.exec(
    line,
  );
  if (!match) return null;
  const started = Date.parse(`${match[8]} UTC`) / 1000;
  const state = match[7] as string;
  if (Number.isNaN(started)) return null;
  const [pid, parent, group, , uid, rss] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // macOS shows no session ids; the process group replaces them.
  const session = Number(match[4]) || group;
  // The state letters mark a session leader; terminals are not distinguished here.
  const tty = state.includes('s') && state.includes('+') ? 1 : 0;
  return { pid, parent, group, session, tty, started, state, command: match[9] as string, rssBytes: rss * 1024, uid };
}

function list(pids: readonly number[] | null): Map<number, PortableRow> {
  const selection = pids === null ? ['-A'] : ['-p', pids.join(',')];
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout, status, error } = spawnSync('ps', [...selection, '-o', COLUMNS], {
    encoding: 'utf8',
    env,
    timeout: TIMEOUT_MS,
  });
  const rows = (stdout ?? '')
    .split('\n')
    .map(parseTableRow)
    .filter((row) => row !== null);
  const isBlind = pids === null && !rows.some(({ pid }) => pid === process.pid);
  if (error !== undefined || isBlind || (pids === null && status !== 0))
    throw new Error(`ps did not list the processes: ${error?.message ?? `exit ${status}`}`);
  return new Map(rows.filter(({ state }) => !state.startsWith('Z')).map((row) => [row.pid, row]));
}

/** ps-tree throws outside of its caller if `ps` cannot be started, so such errors are caught here while it runs. */
async function treeBelow(pid: number): Promise<readonly number[]> {
  const { default: psTree } = await import('ps-tree');
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      process.removeListener('uncaughtException', onError);
      clearTimeout(timer);
      settle();
    };
    const onError = (error: Error): void => done(() => reject(error));
    const timer = setTimeout(() => onError(new Error('ps-tree did not answer in time')), TIMEOUT_MS);
    process.on('uncaughtException', onError);
    psTree(pid, (error, children) =>
      done(() => (error ? reject(error) : resolve(children.map(({ PID }) => Number(PID))))),
    );
  });
}

export function portableView(): ProcessView {
  let last = new Map<number, PortableRow>();
  return {
    scan(): ProcessTable {
      last = list(null);
      return last;
    },
    row: (pid) => list([pid]).get(pid) ?? null,
    detail: ({ pid, command }) => ({
      uid: last.get(pid)?.uid ?? null,
      program: command.split('/').at(-1) ?? null,
      path: command,
      argv: [],
    }),
    // Environments of other processes cannot be read reliably here.
    origins: () => new Map(),
    ageMs: ({ started }) => Math.max(0, Date.now() - started * 1000),
    isGone: hasNoProcess,
    below: treeBelow,
    ownBytes: ({ rssBytes }) => rssBytes,
  };
}
