/** Replaces the content of a file durably, so that every reader sees the whole old text or the whole new one. */
import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, ExpectedError, messageOf, systemError } from '../../errors.ts';
import { syncFolder } from '../../files/atomic.ts';
import { replaceUnderLock, Superseded } from '../../files/lock-contender.ts';
import type { FileMark, KnownText } from '../../files/text-file.ts';
import { ownUid } from '../../files/trust.ts';

/**
 * Replaces the file at `path`: writes and fsyncs a draft in the lock's folder, renames it out and fsyncs the folder. Then
 * writes the same text to `path.bak`, a second inode that damage to the file cannot reach. Throws Superseded if the lock
 * was taken over, else ExpectedError 74 (disk full) or 77; the file is then unchanged. Returns the new text.
 */
export function commitText(
  path: string,
  text: string,
  like: Traits & { readonly isTrusted?: boolean },
  lockFolder: string,
): KnownText {
  refuseLink(path);
  const bytes = Buffer.from(text);
  const { mode, ...owner } = like.isTrusted === false ? sharedTraits(path, like) : like;
  const traits = { mode, owner, isDurable: true };
  try {
    replaceUnderLock(lockFolder, 'next', path, bytes, traits);
  } catch (error) {
    throw error instanceof Superseded ? error : systemError('write', path, error);
  }
  try {
    syncFolder(dirname(path));
  } catch (error) {
    throw new ExpectedError('io', `cannot make ${path} durable: ${messageOf(error)}`, {
      hint: 'the change is visible but may not survive a power cut; check the disk (dmesg)',
      exit: EXIT.ioError,
      cause: error,
    });
  }
  try {
    replaceUnderLock(lockFolder, 'next.bak', `${path}.bak`, bytes, { ...traits, isDurable: false });
  } catch {
    // The commit is durable by now; a failed backup must not make it a failure.
  }
  return { text, bytes };
}

type Traits = Pick<FileMark, 'mode' | 'uid' | 'gid'>;

/** In a folder of a group (setgid, and writable for it) the group writes the file, whoever wrote the one before. */
function sharedTraits(path: string, like: Traits): Traits {
  const { mode, gid } = statSync(dirname(path));
  return (mode & GROUP_FOLDER) === GROUP_FOLDER ? { mode: like.mode | 0o664, uid: ownUid(), gid } : like;
}

const GROUP_FOLDER = 0o2020;

/** Refuses a symbolic link: a rename would replace the link and not its target. */
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
