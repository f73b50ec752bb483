/**
 * What Claude sessions that are gone have left behind. Proved by the environment that all of a session inherit: it names
 * a process that is gone, or that started later and so only has its pid. That alone is not enough: it must be on its own
 * for a while and given to init, for what hangs below a live process is that one's business, and what stands on a live
 * session, on a lease, or above whoever asks is spared with all below it.
 */
import type { ClaudeSession, Identity, Origin, ProcessRow, ProcessTable } from './process-row.ts';
import type { Around, Other } from './veto.ts';
import { programOf } from './veto.ts';

/** Younger ones may be about to be taken over or to end by themselves. */
const LEAST_AGE_MS = 2 * 60_000;
/** Who orphans are given to: process 1, and what runs as init below it. */
const INITS = new Set('systemd init launchd tini dumb-init docker-init catatonit s6-svscan'.split(' '));

/** What is known of single processes. */
export interface Known extends Around {
  readonly origins: ReadonlyMap<number, Origin>;
  readonly ageMs: (row: ProcessRow) => number;
  /** True only when it is certain that no live process has this pid. */
  readonly isGone: (pid: number) => boolean;
}

/** A session that is gone, with the topmost of what it left behind, oldest first. */
export interface DeadSession {
  readonly session: ClaudeSession;
  readonly tops: readonly ProcessRow[];
}

/** A session that is gone, and processes that were seen to be left behind by it, alive or not. */
export interface SeenSession extends ClaudeSession {
  readonly seen: readonly Identity[];
}

const isInit = (row: ProcessRow, { detail }: Around): boolean =>
  row.pid === 1 || INITS.has(programOf(row, detail(row)));

/** Nothing is above it but inits: no terminal, no server, nobody who may still wait for it. */
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

export function deadSessions(table: ProcessTable, known: Known): readonly DeadSession[] {
  const { origins, own, ageMs, isGone } = known;
  // Whoever asks from inside a session is no proof against it: in a sandbox its pid is another one.
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
    // What bears the mark of a run is found by it.
    if (claude === null || mark !== null || !isLeftBehind(row, claude)) continue;
    const before = dead.find(({ session }) => sameSession(session, claude));
    if (before) before.tops.push(row);
    else dead.push({ session: claude, tops: [row] });
  }
  return dead;
}

/** Claude Code calls itself so, however it was installed. */
const CLAUDE = /^claude(?:\.exe)?$/;

/** Sessions that live: who calls itself so, and whom the environment of another names that started later. */
function liveSessions(table: ProcessTable, { origins }: Known): readonly Other[] {
  const live = new Map<number, ProcessRow>();
  for (const row of table.values()) {
    if (CLAUDE.test(row.command)) live.set(row.pid, row);
    const session = table.get(origins.get(row.pid)?.claude?.pid ?? 0);
    if (session !== undefined && session.pid !== row.pid && session.started <= row.started)
      live.set(session.pid, session);
  }
  return [...live.values()].map(({ pid, started }) => ({ pid, started, who: 'a live Claude session' }));
}

/** Above whoever asks: a person’s shell or an agent, and what else runs there. */
function callers(table: ProcessTable, known: Known): readonly Other[] {
  const rows = [...known.own].flatMap((pid) => table.get(pid) ?? []);
  return rows
    .filter((row) => !isInit(row, known))
    .map(({ pid, started }) => ({ pid, started, who: 'the caller of this command' }));
}

/** What `find` needs to know to find what this session left behind. */
export function tracesOfSession(table: ProcessTable, session: SeenSession, known: Known) {
  const tops = deadSessions(table, known).find((dead) => sameSession(dead.session, session))?.tops ?? [];
  return {
    orphaned: new Set(tops.map(({ pid }) => pid)),
    seen: session.seen,
    others: [...liveSessions(table, known), ...callers(table, known)],
  };
}
