import { realpathSync } from 'node:fs';
import { FNV_BASIS, fnvStep } from '../../core/digest.ts';
import type { Identity } from '../../core/reap/process-row.ts';
import { orElse } from '../../errors.ts';

/** Common prefix of the marks of one state, so that two states on a machine do not reap each other's runs. */
export function stateKey(dir: string): string {
  // The folder may not exist yet.
  const real = orElse(() => realpathSync(dir), dir);
  let hash = FNV_BASIS;
  for (let at = 0; at < real.length; at += 1) hash = fnvStep(hash, real.charCodeAt(at));
  return (hash >>> 0).toString(36).padStart(7, '0');
}

/** Unique mark of a run on this machine: the state, the project, this process, this moment. */
export const newMark = (dir: string, project: string, pid: number, startedAt: number): string =>
  `${stateKey(dir)}-${project}-${pid.toString(36)}.${startedAt.toString(36)}.${Math.floor(Math.random() * 36 ** 5).toString(36)}`;

/** The wrapper that made the mark; null if the name is not a mark. */
export function wrapperOfMark(mark: string): Identity | null {
  const [, pid, started] = /-([0-9a-z]+)\.([0-9a-z]+)\.[0-9a-z]+$/.exec(mark) ?? [];
  return pid === undefined || started === undefined
    ? null
    : { pid: Number.parseInt(pid, 36), started: Number.parseInt(started, 36) };
}

/** Project in the mark; null if the name is not a mark, which is always a file name too. */
export const projectOfMark = (mark: string): string | null => /^\w{7}-(\w[\w.-]*)-[0-9a-z.]+$/.exec(mark)?.[1] ?? null;
