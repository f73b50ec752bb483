import { realpathSync } from 'node:fs';
import { FNV_BASIS, fnvStep } from '../../core/digest.ts';

/** What all runs of one state have in common, so that two states on a machine never take each other's for orphans. */
export function stateKey(dir: string): string {
  let real = dir;
  try {
    real = realpathSync(dir);
  } catch {
    // It is made later.
  }
  let hash = FNV_BASIS;
  for (let at = 0; at < real.length; at += 1) hash = fnvStep(hash, real.charCodeAt(at));
  return (hash >>> 0).toString(36).padStart(7, '0');
}

/** A name that no other run on this machine has had: the state, the project, this process, this moment. */
export const newMark = (dir: string, project: string, pid: number, startedAt: number): string =>
  `${stateKey(dir)}-${project}-${pid.toString(36)}.${startedAt.toString(36)}.${Math.floor(Math.random() * 36 ** 5).toString(36)}`;

/** The project that a mark was made for; null for one that is not ours. */
export const projectOfMark = (mark: string): string | null => /^\w{7}-(.+)-[^-]+$/.exec(mark)?.[1] ?? null;
