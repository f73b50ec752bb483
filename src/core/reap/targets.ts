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
  /** A Claude session that is gone, if what it left behind is meant. */
  readonly session: SeenSession | null;
}

/**
 * What stands behind these leases, and what behind all others. Of a run it is the command and not its wrapper, which
 * ends by itself and tells how the command ended; of any other lease it is the holder. A supervisor that has several
 * leases of one project ends with any of them; it is no reason to spare it.
 */
export function targetOf(leases: readonly Lease[], all: readonly Lease[]): Target {
  const roots = leases.flatMap(({ run, holder }) => {
    const root = run === null ? holder : run.root;
    return root === null ? [] : [root];
  });
  const isOwn = ({ project, holder }: Lease): boolean =>
    leases.some((lease) => projectKey(lease.project) === projectKey(project)) &&
    roots.some((root) => sameProcess(root, holder));
  const rest = all.filter((lease) => !leases.includes(lease) && !isOwn(lease));
  return {
    roots,
    folders: leases.flatMap(({ run }) => (run !== null && run.folder !== null ? [run.folder] : [])),
    marks: leases.flatMap(({ run }) => (run === null ? [] : [run.mark])),
    others: rest.flatMap(({ run, holder }) => [holder, run?.root ?? null].filter((ref) => ref !== null)),
    session: null,
  };
}

/** What a session has left behind when it is gone; leases that stand below it, and the monitor, are not of it. */
export function targetOfSession(session: SeenSession, { leases, monitor }: State): Target {
  const { others } = targetOf([], leases);
  const watching = monitor === null ? [] : [{ ...monitor, who: 'the monitor' }];
  return { roots: [], folders: [], marks: [], others: [...others, ...watching], session };
}
