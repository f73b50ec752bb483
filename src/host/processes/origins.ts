/** Origins of processes, from their environment. An unreadable environment proves nothing. */
import { readFileSync, readlinkSync } from 'node:fs';
import type { ClaudeSession, Origin, ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';
import { orElse } from '../../errors.ts';

/** Variable that `run` sets for its command; its value names this one run. */
export const MARK_VARIABLE = 'RESOURCE_MANAGER_MARK';
/** Claude Code (2.1.214 and later) sets these for its shells and hooks; their descendants inherit them. */
const SESSION_VARIABLES = ['CLAUDE_PID', 'CLAUDE_CODE_SESSION_ID'] as const;
/** Agent programs set some of these for the processes they start. */
const AGENT_VARIABLES =
  'CLAUDECODE CLAUDE_CODE_SESSION_ID CODEX_THREAD_ID GEMINI_CLI QWEN_CODE OPENCODE CURSOR_AGENT'.split(' ');
/** Variable in which systemd names the main process of a unit; all processes of the unit inherit it. */
export const SERVICE_VARIABLE = 'SYSTEMD_EXEC_PID';
/** Variable that `run` sets to the value of SERVICE_VARIABLE in its own environment. */
export const RUN_UNIT_VARIABLE = 'RESOURCE_MANAGER_UNIT';

/** Reading an environment touches the process's memory, so each is read once or twice. */
export type OriginReader = (table: ProcessTable) => ReadonlyMap<number, Origin>;

const NOTHING: Origin = { mark: null, claude: null, agentVariables: [] };

const PREFIXES = new Map(
  [MARK_VARIABLE, RUN_UNIT_VARIABLE, ...SESSION_VARIABLES, ...AGENT_VARIABLES, SERVICE_VARIABLE].map((name) => [
    name,
    Buffer.from(`${name}=`),
  ]),
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

const namespaceOf = (proc: string, pid: number | 'self'): string | null =>
  orElse(() => readlinkSync(`${proc}/${pid}/ns/pid`), null);

/**
 * The mark of a run. A unit that got its environment from inside a run (`systemctl import-environment`) was started by
 * systemd, so that mark says nothing about it: it names another unit than the run did, or its own main process.
 */
function markOf(pid: number, environ: Buffer): string | null {
  const unit = variableIn(environ, SERVICE_VARIABLE);
  const ofRun = variableIn(environ, RUN_UNIT_VARIABLE);
  const isOfAnotherUnit = unit !== null && (unit === String(pid) || (ofRun !== null && unit !== ofRun));
  return isOfAnotherUnit ? null : variableIn(environ, MARK_VARIABLE);
}

/** No origin for a process in another pid namespace, and none for a systemd unit, whatever its environment says. */
function sessionOf(proc: string, pid: number, environ: Buffer): ClaudeSession | null {
  const named = variableIn(environ, 'CLAUDE_PID');
  if (named === null || !/^[1-9]\d{0,9}$/.test(named) || variableIn(environ, SERVICE_VARIABLE) === String(pid))
    return null;
  const namespace = namespaceOf(proc, pid);
  if (namespace === null || namespace !== namespaceOf(proc, 'self')) return null;
  const id = variableIn(environ, 'CLAUDE_CODE_SESSION_ID');
  return { pid: Number(named), id: id !== null && /^[\w-]{1,64}$/.test(id) ? id : null };
}

function agentVariablesIn(environ: Buffer): readonly string[] {
  return AGENT_VARIABLES.flatMap((name) => {
    const value = variableIn(environ, name);
    return value ? [`${name}=${value}`] : [];
  });
}

function originOf(proc: string, pid: number): Origin {
  const environ = orElse(() => readFileSync(`${proc}/${pid}/environ`), null);
  if (environ === null) return NOTHING;
  const mark = markOf(pid, environ);
  const claude = sessionOf(proc, pid, environ);
  const agentVariables = agentVariablesIn(environ);
  const hasNone = mark === null && claude === null && agentVariables.length === 0;
  return hasNone ? NOTHING : { mark, claude, agentVariables };
}

interface Known {
  readonly origin: Origin;
  readonly looks: number;
}

/** Reads of an environment without a mark: a process that was just forked gets another when it executes a program. */
const LOOKS_FOR_NONE = 2;

/** Origins by pid, for all processes that have one. */
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
