/** Removes old files from folders of a state that several users may write to. */
import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * True for a folder, and for a link made by this user or root. A link of another user may lead anywhere, so nothing
 * behind it is removed. Throws if the path does not exist.
 */
export function isOwnFolder(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isDirectory() || (stat.isSymbolicLink() && (stat.uid === 0 || stat.uid === process.geteuid?.()));
}

/** Removes a file; never throws, because the file may be absent or belong to another user. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Already removed, never made, or another user's.
  }
}

/** Removes files that have such a name and were written more than `ageMs` ago. Never throws. */
export function removeOld(folder: string, ageMs: number, hasName: (name: string) => boolean): void {
  try {
    if (!isOwnFolder(folder)) return;
    for (const name of readdirSync(folder).filter(hasName)) {
      const path = join(folder, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat?.isFile() && Math.abs(Date.now() - stat.mtimeMs) > ageMs) discard(path);
    }
  } catch {
    // The folder is gone or not readable.
  }
}
