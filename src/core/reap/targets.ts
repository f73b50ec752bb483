/** Processes to look for when leases are ended, as far as the state names them. */
import { projectKey } from '../model/ids.ts';
import type { Lease } from '../model/lease.ts';
import { type ProcessRef, sameProcess } from '../model/process-ref.ts';
import type { State } from '../model/state.ts';
import type { SeenSession } from './dead-sessions.ts';
import type { Other } from './veto.ts';

export interface Target {
  /** Root processes of the leases, which end with them. */
  readonly roots: readonly ProcessRef[];
  readonly folders: readonly string[];
  readonly marks: readonly string[];
  /** Root processes of other leases, and others that must be spared. */
  readonly others: readonly Other[];
  /** Sessions to spare while their tools are ended. */
  readonly toolsOf: readonly ProcessRef[];
  /** The dead Claude session whose leftovers are ended, or null. */
  readonly session: SeenSession | null;
}

/**
 * Root processes of these leases, and of all others. The root of a run is the command, not the wrapper, which ends by
 * itself and reports how the command ended; the root of any other lease is its holder. A supervisor with several leases
 * of one project ends with any of them. The roots of an agent inside a session are the session's tools; the session
 * itself, with a person and other agents in it, is included only with `withSessions`.
 */
export function targetOf(leases: readonly Lease[], all: readonly Lease[], withSessions = false): Target {
  const isInside = ({ spawn }: Lease): boolean => spawn !== null && !withSessions;
  const roots = leases.flatMap((lease) => {
    const root = isInside(lease) ? null : lease.run === null ? lease.holder : lease.run.root;
    return root === null ? [] : [root];
  });
  const toolsOf = leases.flatMap((lease) => (isInside(lease) && lease.holder !== null ? [lease.holder] : []));
  const isOwn = ({ project, holder }: Lease): boolean =>
    leases.some((lease) => projectKey(lease.project) === projectKey(project)) &&
    roots.some((root) => sameProcess(root, holder));
  const isOfSession = ({ holder }: Lease): boolean => toolsOf.some((session) => sameProcess(session, holder));
  const ids = new Set(leases.map(({ id }) => id));
  const rest = all.filter((lease) => !ids.has(lease.id) && !isOwn(lease) && !isOfSession(lease));
  return {
    roots,
    folders: leases.flatMap(({ run }) => (run !== null && run.folder !== null ? [run.folder] : [])),
    marks: leases.flatMap(({ run }) => (run === null ? [] : [run.mark])),
    others: rest.flatMap(({ run, holder }) => [holder, run?.root ?? null].filter((ref) => ref !== null)),
    toolsOf,
    session: null,
  };
}

/**
 * Processes that must be spared now: those of other leases, also of leases that were granted after the target was made.
 * `own` are the leases that the target was made of.
 */
export function othersNow({ roots, session }: Target, own: readonly Lease[], state: State): readonly Other[] {
  if (session !== null) return targetOfSession(session, state).others;
  const ids = new Set(own.map(({ id }) => id));
  const { others } = targetOf(
    state.leases.filter(({ id }) => ids.has(id)),
    state.leases,
  );
  return others.filter((other) => !roots.some(({ pid, started }) => pid === other.pid && started === other.started));
}

/** Target for the leftovers of a dead session; leases below it and the monitor are spared. */
export function targetOfSession(session: SeenSession, { leases, monitor }: State): Target {
  const { others } = targetOf([], leases);
  const watching = monitor === null ? [] : [{ ...monitor, who: 'the monitor' }];
  return { roots: [], folders: [], marks: [], others: [...others, ...watching], toolsOf: [], session };
}
