/** Which processes to look for when some leases are to be ended, as far as the state tells. */
import { projectKey } from '../model/ids.ts';
import type { Lease } from '../model/lease.ts';
import type { ProcessRef } from '../model/process-ref.ts';
import { sameProcess } from '../model/process-ref.ts';
import type { State } from '../model/state.ts';
import type { SeenSession } from './dead-sessions.ts';
import type { Other } from './veto.ts';

export interface Target {
  /** Processes that the leases stand on, and which end with them. */
  readonly roots: readonly ProcessRef[];
  readonly folders: readonly string[];
  readonly marks: readonly string[];
  /** Processes that other leases stand on, and the like. */
  readonly others: readonly Other[];
  /** Sessions of which the tools are meant, and not they themselves. */
  readonly toolsOf: readonly ProcessRef[];
  /** A Claude session that is gone, if what it left behind is meant. */
  readonly session: SeenSession | null;
}

/**
 * What stands behind these leases, and what behind all others. Of a run it is the command and not its wrapper, which
 * ends by itself and tells how the command ended; of any other lease it is the holder. A supervisor that has several
 * leases of one project ends with any of them; it is no reason to spare it. Of an agent inside a session it is what runs for
 * the session's tools; the session itself, with a person before it and other agents inside, only `withSessions`.
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
  const rest = all.filter((lease) => !leases.includes(lease) && !isOwn(lease) && !isOfSession(lease));
  return {
    roots,
    folders: leases.flatMap(({ run }) => (run !== null && run.folder !== null ? [run.folder] : [])),
    marks: leases.flatMap(({ run }) => (run === null ? [] : [run.mark])),
    others: rest.flatMap(({ run, holder }) => [holder, run?.root ?? null].filter((ref) => ref !== null)),
    toolsOf,
    session: null,
  };
}

/** What a session has left behind when it is gone; leases that stand below it, and the monitor, are not of it. */
export function targetOfSession(session: SeenSession, { leases, monitor }: State): Target {
  const { others } = targetOf([], leases);
  const watching = monitor === null ? [] : [{ ...monitor, who: 'the monitor' }];
  return { roots: [], folders: [], marks: [], others: [...others, ...watching], toolsOf: [], session };
}
