/** Replaces the content of a file durably, so that every reader sees the whole old text or the whole new one. */
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, ExpectedError, systemError } from '../../errors.ts';
import { syncFolder } from '../../files/atomic.ts';
import { replaceUnderLock, Superseded } from '../../files/lock-contender.ts';
import type { FileMark, KnownText } from '../../files/text-file.ts';

/**
 * Writes `text` to `path`: written and fsynced inside the lock's folder, renamed out of it, the folder fsynced. Then
 * keeps the text as `path.bak`, an inode of its own that damage to the file does not reach. Throws Superseded if the lock
 * was taken over, ExpectedError 74 (disk full) or 77 otherwise, and then leaves the file as it was. Returns the new text.
 */
export function commitText(
  path: string,
  text: string,
  like: Pick<FileMark, 'mode' | 'uid' | 'gid'>,
  lockFolder: string,
): KnownText {
  refuseLink(path);
  const bytes = Buffer.from(text);
  const traits = { mode: like.mode, owner: like, isDurable: true };
  try {
    replaceUnderLock(lockFolder, 'next', path, bytes, traits);
  } catch (error) {
    throw error instanceof Superseded ? error : systemError('write', path, error);
  }
  try {
    syncFolder(dirname(path));
  } catch (error) {
    throw new ExpectedError('io', `cannot make ${path} durable: ${error instanceof Error ? error.message : error}`, {
      hint: 'the change is visible but may not survive a power cut; check the disk (dmesg)',
      exit: EXIT.ioError,
      cause: error,
    });
  }
  try {
    replaceUnderLock(lockFolder, 'next.bak', `${path}.bak`, bytes, { ...traits, isDurable: false });
  } catch {
    // The commit is done and durable; a missing backup must not turn it into a failure.
  }
  return { text, bytes };
}

/** Refuses a symbolic link: a rename would replace the link and leave its target outdated. */
function refuseLink(path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  throw new ExpectedError(
    'symbolic-link',
    `cannot write ${path}: it is a symbolic link, which a rewrite would replace`,
    {
      hint: 'put the file itself there, or link the whole folder; nothing was changed',
      exit: EXIT.ioError,
    },
  );
}
