/**
 * Finds the processes that dead Claude sessions left behind. The proof is in their environment, which every process of a
 * session inherits: it names a process that is gone, or one that started later and only reuses the pid. In addition the
 * process must be old enough and adopted by init, because a child of a live process belongs to that process. Processes
 * of live sessions, of leases, and the ancestors of the caller are spared with all their descendants.
 */

import { agentOf } from './agent-program.ts';
import type { ClaudeSession, Identity, Origin, ProcessRow, ProcessTable } from './process-row.ts';
import { type Around, type Other, programOf } from './veto.ts';

/** A younger process may still be adopted or end by itself. */
const LEAST_AGE_MS = 2 * 60_000;
/** Processes that adopt orphans: pid 1, and init programs below it. */
const INITS = new Set('systemd init launchd tini dumb-init docker-init catatonit s6-svscan'.split(' '));

/** Facts about single processes. */
export interface KnownProcesses extends Around {
  readonly origins: ReadonlyMap<number, Origin>;
  readonly ageMs: (row: ProcessRow) => number;
  /** True only if certainly no live process has this pid. */
  readonly isGone: (pid: number) => boolean;
}

/** A dead session, with the topmost processes that it left behind, oldest first. */
export interface DeadSession {
  readonly session: ClaudeSession;
  readonly tops: readonly ProcessRow[];
}

/** A dead session, and the processes seen to be left behind by it, alive or not. */
export interface SeenSession extends ClaudeSession {
  readonly seen: readonly Identity[];
}

const isInit = (row: ProcessRow, { detail }: Around): boolean =>
  row.pid === 1 || INITS.has(programOf(row, detail(row)));

/** True when only inits are above the process: no terminal, no server, no process that may still wait for it. */
function isGivenToInit(table: ProcessTable, row: ProcessRow, around: Around): boolean {
  const above = new Set<number>();
  for (let at = table.get(row.parent); at !== undefined && !above.has(at.pid); at = table.get(at.parent)) {
    if (at.pid === 1) return true;
    if (!isInit(at, around)) return false;
    above.add(at.pid);
  }
  return false;
}

const sameSession = (a: ClaudeSession, b: ClaudeSession): boolean => a.pid === b.pid && a.id === b.id;

export function deadSessions(table: ProcessTable, known: KnownProcesses): readonly DeadSession[] {
  const { origins, own, ageMs, isGone } = known;
  // The caller's own session counts as alive, even where a sandbox shows its process under another pid.
  const ownSessions = new Set([...own].map((pid) => origins.get(pid)?.claude?.pid));
  const isLeftBehind = (row: ProcessRow, session: ClaudeSession): boolean => {
    if (ownSessions.has(session.pid)) return false;
    const named = table.get(session.pid);
    const isDead = named === undefined ? isGone(session.pid) : named.started > row.started;
    return isDead && ageMs(row) >= LEAST_AGE_MS && isGivenToInit(table, row, known);
  };
  const dead: { readonly session: ClaudeSession; readonly tops: ProcessRow[] }[] = [];
  const rows = [...table.values()].sort((a, b) => a.started - b.started || a.pid - b.pid);
  for (const row of rows) {
    const { mark = null, claude = null } = origins.get(row.pid) ?? {};
    // Processes with the mark of a run are found by that mark.
    if (claude === null || mark !== null || !isLeftBehind(row, claude)) continue;
    const before = dead.find(({ session }) => sameSession(session, claude));
    if (before) before.tops.push(row);
    else dead.push({ session: claude, tops: [row] });
  }
  return dead;
}

/** Live sessions, with the name of their agent: by their look, or because a later process has its environment from them. */
function liveSessions(table: ProcessTable, known: KnownProcesses): ReadonlyMap<number, string> {
  const { origins, detail } = known;
  const live = new Map<number, string>();
  for (const row of table.values()) {
    const agent = agentOf(row, detail(row));
    if (agent !== null) live.set(row.pid, agent);
    const origin = origins.get(row.pid);
    const session = table.get(origin?.claude?.pid ?? 0);
    if (session !== undefined && session.pid !== row.pid && session.started <= row.started)
      live.set(session.pid, 'Claude');
    // A variable that the parent itself does not have comes from the parent, except if an init has adopted the process.
    const parent = table.get(row.parent);
    if (parent === undefined || parent.started > row.started || isInit(parent, known)) continue;
    const inherited = origins.get(parent.pid)?.agentVariables ?? [];
    const isGiven = origin?.agentVariables.some((variable) => !inherited.includes(variable)) ?? false;
    if (isGiven && !live.has(parent.pid)) live.set(parent.pid, 'agent');
  }
  return live;
}

/** Live sessions, and the processes above them: the end of a wrapper such as `npm exec` ends its session. */
function sessionsAndAbove(table: ProcessTable, known: KnownProcesses): readonly Other[] {
  const live = liveSessions(table, known);
  const others = new Map<number, Other>();
  for (const [pid, agent] of live) {
    const { started } = table.get(pid) as ProcessRow;
    others.set(pid, { pid, started, who: `a live ${agent} session` });
  }
  for (const [pid, agent] of live) {
    const who = `the parent of a live ${agent} session`;
    let at = table.get(table.get(pid)?.parent ?? 0);
    for (; at !== undefined && !isInit(at, known) && !others.has(at.pid); at = table.get(at.parent))
      others.set(at.pid, { pid: at.pid, started: at.started, who });
  }
  return [...others.values()];
}

/** The caller's ancestors: a person’s shell or an agent. */
function callers(table: ProcessTable, known: KnownProcesses): readonly Other[] {
  const rows = [...known.own].flatMap((pid) => table.get(pid) ?? []);
  return rows
    .filter((row) => !isInit(row, known))
    .map(({ pid, started }) => ({ pid, started, who: 'the caller of this command' }));
}

/** Target for `find`: the processes that this session left behind. */
export function tracesOfSession(table: ProcessTable, session: SeenSession, known: KnownProcesses) {
  const tops = deadSessions(table, known).find((dead) => sameSession(dead.session, session))?.tops ?? [];
  return {
    orphaned: new Set(tops.map(({ pid }) => pid)),
    seen: session.seen,
    others: [...sessionsAndAbove(table, known), ...callers(table, known)],
  };
}
