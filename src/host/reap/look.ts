/** One look at the whole machine for the processes of some leases. */
import { dirname } from 'node:path';
import { isOfHere, type Place } from '../../core/model/process-ref.ts';
import { type DeadSession, deadSessions, type KnownProcesses, tracesOfSession } from '../../core/reap/dead-sessions.ts';
import { type Findings, find } from '../../core/reap/find.ts';
import { type Identity, isSame, type Origin, type ProcessRow, type ProcessTable } from '../../core/reap/process-row.ts';
import type { Target } from '../../core/reap/targets.ts';
import type { Around } from '../../core/reap/veto.ts';
import { groupsIn, pidsIn } from '../containment/cgroup.ts';
import { isHook } from '../processes/own-hooks.ts';
import { lineage } from '../processes/table.ts';
import type { ProcessView } from '../processes/view.ts';
import type { SeenProcesses } from './seen-processes.ts';

export interface LookOptions {
  /** Boot and pid namespace of the view: a recorded process of another one is none of its rows. */
  readonly here: Place;
  readonly view: ProcessView;
  readonly seenProcesses: SeenProcesses;
  /** Users whose processes may be ended: this user; for root, also the user who started the run. */
  readonly uid: number;
}

/** Groups of these runs: the recorded ones, and groups in the same base folder with their marks. */
function foldersOf({ folders, marks }: Target): string[] {
  const bases = new Set(folders.map((folder) => dirname(folder)));
  const named = [...bases].flatMap((base) =>
    groupsIn(base)
      .filter((name) => marks.includes(name))
      .map((name) => `${base}/${name}`),
  );
  return [...new Set([...folders, ...named])];
}

const knownOf = (table: ProcessTable, view: ProcessView, around: Around): KnownProcesses => ({
  ...around,
  origins: view.origins(table),
  ageMs: view.ageMs,
  isGone: view.isGone,
});

/** Dead Claude sessions that left processes behind. */
export function lookForSessions(table: ProcessTable, { view, uid }: LookOptions): readonly DeadSession[] {
  const around = { own: lineage(table, process.pid), uids: new Set([uid]), detail: view.detail };
  return deadSessions(table, knownOf(table, view, around));
}

/** Tool processes of a session: its shells carry a variable for that, its servers do not. */
function toolsBelow(table: ProcessTable, session: Identity, view: ProcessView): readonly number[] {
  if (!isSame(table.get(session.pid), session)) return [];
  const isTool = (pid: number, { claude }: Origin): boolean =>
    claude?.pid === session.pid && (table.get(pid)?.started ?? 0) >= session.started && !isHook(pid);
  return [...view.origins(table)].flatMap(([pid, origin]) => (isTool(pid, origin) ? [pid] : []));
}

/** Finds all processes of the target. Rejects if the processes cannot be listed. */
export async function look(asked: Target, options: LookOptions, known?: ProcessTable): Promise<Findings> {
  const { view, seenProcesses, uid, here } = options;
  const ofHere = <T extends Identity & Partial<Place>>(refs: readonly T[]): T[] =>
    refs.filter(({ boot = null, ns = null }) => isOfHere({ boot, ns }, here));
  const target: Target = {
    ...asked,
    roots: ofHere(asked.roots),
    others: ofHere(asked.others),
    toolsOf: ofHere(asked.toolsOf),
  };
  const table = known ?? view.scan();
  const contained = new Set(foldersOf(target).flatMap(pidsIn));
  const marked = new Set<number>();
  if (target.marks.length > 0) {
    for (const [pid, { mark }] of view.origins(table))
      if (mark !== null && target.marks.includes(mark)) marked.add(pid);
  }
  for (const session of target.toolsOf) for (const pid of toolsBelow(table, session, view)) marked.add(pid);
  const roots = target.roots
    .map((root) => table.get(root.pid))
    .filter((row, at) => isSame(row, target.roots[at] as Identity));
  const owners = uid === 0 ? roots.map((row) => view.detail(row as ProcessRow).uid ?? 0) : [];
  const uids = new Set([uid, ...owners]);
  const below = (await Promise.all(roots.map((row) => view.below((row as ProcessRow).pid)))).flat();
  const seen: Identity[] = target.marks.flatMap((mark) => [...seenProcesses.listOf(mark)]);
  const around = { own: lineage(table, process.pid), uids, detail: view.detail };
  const left = target.session === null ? null : tracesOfSession(table, target.session, knownOf(table, view, around));
  return find(
    table,
    {
      roots: target.roots,
      contained,
      orphaned: left?.orphaned ?? new Set(),
      seen: [...seen, ...(left?.seen ?? []), ...below.flatMap((pid) => table.get(pid) ?? [])],
      marked,
      others: [...target.others, ...(left?.others ?? [])],
    },
    around,
  );
}
