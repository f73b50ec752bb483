/** Puts the last good revision back where another user has spoiled the state of a shared pool. */
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExpectedError } from '../errors.ts';
import { canWriteIn } from '../files/open-folder.ts';
import { isShared } from '../files/trust.ts';
import { hasSoundBackup, isBadFile } from './damage.ts';
import type { HeldLock } from './lock/lock.ts';
import { restoreBackup } from './restore.ts';

const LOOK_EVERY_MS = 50;
const SPOILED = ['enotfile', 'eacces', 'eloop', 'no-state', 'newer-file'];

/** True for an error of a state that cannot be used: damaged, gone, of a newer version, or something else than a file. */
const isSpoiled = (error: unknown): boolean =>
  isBadFile(error) || (error instanceof ExpectedError && SPOILED.includes(error.code));

const markOf = (path: string): string => {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.ctimeNs}`;
};

/** Waits until what stands at the path has been the same for `afterMs`, by its own time or as this process sees it. */
async function lasts(path: string, afterMs: number): Promise<boolean> {
  const mark = markOf(path);
  for (let seenMs = 0; seenMs <= afterMs; seenMs += LOOK_EVERY_MS) {
    const since = lstatSync(path, { throwIfNoEntry: false })?.ctimeMs;
    if (since !== undefined && Date.now() - since > afterMs) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    if (markOf(path) !== mark) return false;
  }
  return true;
}

/**
 * True if the state at `path` is worth another look: it changed, or was restored from a sound backup. Nothing is restored in a
 * state of one user, who may be editing it, and nothing before the damage has lasted for `afterMs`: an editor may be saving.
 */
export async function mend(
  path: string,
  error: unknown,
  afterMs: number,
  takeLock: () => Promise<HeldLock>,
): Promise<boolean> {
  const dir = dirname(path);
  if (!isSpoiled(error) || !isShared(dir) || !canWriteIn(dir) || !(await hasSoundBackup(path))) return false;
  const mark = markOf(path);
  if (!(await lasts(path, afterMs))) return true;
  const isRestored = await restoreBackup(path, Date.now(), takeLock).catch(() => false);
  // Another command may have been first.
  return isRestored || markOf(path) !== mark;
}
