/** Where processes come from, by what stands in their environment. What could not be read tells nothing. */
import { readFileSync, readlinkSync } from 'node:fs';
import type { ClaudeSession, Origin, ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';

/** The variable that `run` puts into the environment of what it starts; its value names one run for ever. */
export const MARK_VARIABLE = 'RESOURCE_MANAGER_MARK';
/** Claude Code (2.1.214 and later) gives these to the shells and hooks that it starts, and they to all below them. */
const SESSION_VARIABLES = ['CLAUDE_PID', 'CLAUDE_CODE_SESSION_ID'] as const;
/** systemd tells the process of a unit its own pid in this one. */
const SERVICE_VARIABLE = 'SYSTEMD_EXEC_PID';

/** Reading an environment touches the memory of its process, so each is read once as long as it lives. */
export type OriginReader = (table: ProcessTable) => ReadonlyMap<number, Origin>;

const NOTHING: Origin = { mark: null, claude: null };

const PREFIXES = new Map(
  [MARK_VARIABLE, ...SESSION_VARIABLES, SERVICE_VARIABLE].map((name) => [name, Buffer.from(`${name}=`)]),
);

function variableIn(environ: Buffer, name: string): string | null {
  const prefix = PREFIXES.get(name) as Buffer;
  for (let at = environ.indexOf(prefix); at >= 0; at = environ.indexOf(prefix, at + 1)) {
    if (at > 0 && environ[at - 1] !== 0) continue;
    const end = environ.indexOf(0, at);
    return environ.toString('latin1', at + prefix.length, end < 0 ? environ.length : end);
  }
  return null;
}

function namespaceOf(proc: string, pid: number | 'self'): string | null {
  try {
    return readlinkSync(`${proc}/${pid}/ns/pid`);
  } catch {
    return null;
  }
}

/** None for what counts pids otherwise than we do, and for a unit of systemd, whatever environment it was given. */
function sessionOf(proc: string, pid: number, environ: Buffer): ClaudeSession | null {
  const named = variableIn(environ, 'CLAUDE_PID');
  if (named === null || !/^[1-9]\d{0,9}$/.test(named) || variableIn(environ, SERVICE_VARIABLE) === String(pid))
    return null;
  const namespace = namespaceOf(proc, pid);
  if (namespace === null || namespace !== namespaceOf(proc, 'self')) return null;
  const id = variableIn(environ, 'CLAUDE_CODE_SESSION_ID');
  return { pid: Number(named), id: id !== null && /^[\w-]{1,64}$/.test(id) ? id : null };
}

function originOf(proc: string, pid: number): Origin {
  let environ: Buffer;
  try {
    environ = readFileSync(`${proc}/${pid}/environ`);
  } catch {
    return NOTHING;
  }
  const mark = variableIn(environ, MARK_VARIABLE);
  const claude = sessionOf(proc, pid, environ);
  return mark === null && claude === null ? NOTHING : { mark, claude };
}

interface Known {
  readonly origin: Origin;
  readonly looks: number;
}

/** A process changes its environment when it starts another program, which those that were just forked are about to. */
const LOOKS_FOR_NONE = 2;

/** Origins by pid, of all processes that tell one. */
export function originReader(proc = '/proc'): OriginReader {
  let known = new Map<string, Known>();
  let last: { readonly table: ProcessTable; readonly origins: ReadonlyMap<number, Origin> } | null = null;
  return (table) => {
    if (last?.table === table) return last.origins;
    const origins = new Map<number, Origin>();
    const seen = new Map<string, Known>();
    const keyOf = ({ pid, started, command }: ProcessRow): string => `${pid}.${started}.${command}`;
    for (const row of table.values()) {
      const key = keyOf(row);
      const before = known.get(key);
      const isSettled = before !== undefined && (before.origin.mark !== null || before.looks >= LOOKS_FOR_NONE);
      const now = isSettled ? before : { origin: originOf(proc, row.pid), looks: (before?.looks ?? 0) + 1 };
      seen.set(key, now);
      if (now.origin !== NOTHING) origins.set(row.pid, now.origin);
    }
    known = seen;
    last = { table, origins };
    return origins;
  };
}
