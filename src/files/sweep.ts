/** Removing what is old from folders inside a state that several users may write to. */
import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * True for a folder, and for a link that this user or root has made: another user's link may lead anywhere, so nothing
 * behind it is removed. Throws where there is neither.
 */
export function isOwnFolder(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isDirectory() || (stat.isSymbolicLink() && (stat.uid === 0 || stat.uid === process.geteuid?.()));
}

/** Removes a file. Never throws: it may not be there, or belong to another user. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another process was first, or it was never made.
  }
}

/** Removes the files of a folder that have such a name and were last written that long ago. Never throws. */
export function removeOld(folder: string, ageMs: number, hasName: (name: string) => boolean): void {
  try {
    if (!isOwnFolder(folder)) return;
    for (const name of readdirSync(folder).filter(hasName)) {
      const path = join(folder, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat?.isFile() && Math.abs(Date.now() - stat.mtimeMs) > ageMs) discard(path);
    }
  } catch {
    // The folder is gone, or may not be read.
  }
}
