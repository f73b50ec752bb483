/** Reads and writes files of the user: as a whole, through links, with errors that name a remedy. */
import { rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, type ExitCode, errnoOf, orSystemError } from '../../errors.ts';
import { replaceFile } from '../../files/atomic.ts';
import { makeFolder } from '../../files/folder.ts';
import { realPath } from '../../files/real-path.ts';
import { MOST_BYTES, readRegular } from '../../files/regular-file.ts';

function trying<T>(act: string, path: string, exit: ExitCode, work: () => T): T {
  const hint = `see that ${path} is a file that you may read and write, then run the command again`;
  return orSystemError(act, path, work, exit, hint);
}

/** Null without a file, or with a dangling link. */
export function readBytes(path: string): Buffer | null {
  return trying('read', path, EXIT.ioError, () => {
    try {
      return readRegular(path, { mostBytes: MOST_BYTES.text });
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  });
}

export function writeBytes(path: string, bytes: Buffer, mode: number | null = null): void {
  trying('write', path, EXIT.cannotCreate, () => {
    const target = realPath(path);
    makeFolder(dirname(target));
    // A file with another name (a hard link) is written in place, because a new file would part the two.
    if ((statSync(target, { throwIfNoEntry: false })?.nlink ?? 1) > 1) writeFileSync(target, bytes);
    else replaceFile(target, bytes, { ...(mode === null ? {} : { mode }), isDurable: true });
  });
}

/** Removes the file that a path leads to; a link to it stays. */
export function removeFile(path: string): void {
  trying('remove', path, EXIT.ioError, () => rmSync(realPath(path), { force: true }));
}

/** Removes folders, innermost first, up to the first that is not empty. */
export function removeEmptyFolders(...folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch {
      // It contains other files, or it is a link.
      return;
    }
  }
}
