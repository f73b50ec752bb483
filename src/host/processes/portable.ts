/** Reads processes from `ps`, for systems without /proc. A failed `ps` proves nothing. */
import { spawnSync } from 'node:child_process';
import { type ProcessRef, processKey } from '../../core/model/process-ref.ts';
import type { Processes } from '../../ports/host.ts';

export interface PsRow {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  /** Seconds since the epoch. */
  readonly started: number;
  readonly command: string;
}

/** Parses one line of `ps -o pid=,ppid=,stat=,lstart=,command=` in the C locale; null if it has another form. */
export function parsePsRow(line: string): PsRow | null {
  const match = /^ *(\d+) +(\d+) +(\S+) +(\w{3} +\w{3} +\d+ [\d:]{8} \d{4}) +(.*)$/.exec(line);
  if (!match) return null;
  const started = Date.parse(`${match[4]} UTC`) / 1000;
  if (Number.isNaN(started)) return null;
  return {
    pid: Number(match[1]),
    parent: Number(match[2]),
    state: match[3] as string,
    started,
    command: match[5] as string,
  };
}

function ps(pids: readonly number[]): Map<number, PsRow> | null {
  const columns = ['-o', 'pid=,ppid=,stat=,lstart=,command=', '-p', [process.pid, ...pids].join(',')];
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = spawnSync('ps', columns, { encoding: 'utf8', env });
  const rows = (stdout ?? '')
    .split('\n')
    .map(parsePsRow)
    .filter((row) => row !== null);
  const found = new Map(rows.map((row) => [row.pid, row]));
  return found.has(process.pid) ? found : null;
}

function bootSecond(): string | null {
  const { stdout } = spawnSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' });
  return (
    /sec = (\d+)|^(\d+)$/
      .exec((stdout ?? '').trim())
      ?.slice(1)
      .find(Boolean) ?? null
  );
}

export function portableProcesses(): Processes {
  let boot: string | null | undefined;
  const bootId = (): string | null => {
    if (boot === undefined) boot = bootSecond();
    return boot;
  };
  return {
    find(pid) {
      const row = ps([pid])?.get(pid);
      if (!row || row.state.startsWith('Z')) return null;
      const command = row.command.split(' ')[0]?.split('/').at(-1) ?? '';
      return { pid, started: row.started, boot: bootId(), ns: null, command };
    },
    look(pid) {
      const row = ps([pid])?.get(pid);
      return row ? { parent: row.parent, session: null, argv: row.command.split(' ') } : null;
    },
    proveDead(refs) {
      const rows = refs.length === 0 ? null : ps(refs.map(({ pid }) => pid));
      const isDead = (ref: ProcessRef): boolean => {
        if (ref.boot !== null && bootId() !== null && ref.boot !== bootId()) return true;
        if (rows === null) return false;
        const row = rows.get(ref.pid);
        return row === undefined || row.started !== ref.started || row.state.startsWith('Z');
      };
      return new Set(refs.filter(isDead).map(processKey));
    },
  };
}
