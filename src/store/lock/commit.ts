/** Making a text the content of a file so that every reader sees either the old whole or the new whole, durably. */

import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT, ExpectedError, errnoOf, systemError } from '../../errors.ts';
import { mayTrust } from '../trust.ts';

/** What tells one state of a file from another without reading it. */
export interface FileMark {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** It had stood untouched for a while when it was read. */
  readonly isOld: boolean;
  /** No other user can have written it. */
  readonly isTrusted: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whose a written file is to be, and who may read and write it. */
export type FileOwnership = Pick<FileMark, 'mode' | 'uid' | 'gid'>;

/** A text and the bytes that it is in a file. */
export interface KnownText {
  readonly text: string;
  readonly bytes: Buffer;
}

export interface FileText extends KnownText {
  readonly mark: FileMark;
}

/** The drafts in a holder's own folder. */
const NEXT = 'next';
const NEXT_BACKUP = 'next.bak';

/** Clocks of file systems tick slowly: two writes within a tick can bear the same time, and even the same inode. */
const TICK_MS = 50;

const notText = (path: string): ExpectedError =>
  new ExpectedError('bad-file', `${path}, line 1, column 1: it is not UTF-8 text`, {
    hint: 'save it as UTF-8; the file was not changed',
    exit: EXIT.badFile,
  });

/**
 * The file's text, or null when there is none; the very text of `before` when the file is still the same bytes. Throws
 * ExpectedError for every other failure.
 */
export function readText(path: string, before: KnownText | null = null): FileText | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw systemError('read', path, error);
  }
  try {
    const opened = fstatSync(fd, { bigint: true });
    const { ino, size, mtimeNs, ctimeNs, mode, uid, gid } = opened;
    const bytes = readFileSync(fd);
    const isSame = before?.bytes.equals(bytes) ?? false;
    if (!isSame && !isUtf8(bytes)) throw notText(path);
    return {
      ...(before !== null && isSame ? before : { text: bytes.toString('utf8'), bytes }),
      mark: {
        ino,
        size,
        mtimeNs,
        ctimeNs,
        isOld: Date.now() - Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6 > TICK_MS,
        isTrusted: mayTrust(path, opened),
        mode: Number(mode) & 0o777,
        uid: Number(uid),
        gid: Number(gid),
      },
    };
  } catch (error) {
    throw error instanceof ExpectedError ? error : systemError('read', path, error);
  } finally {
    closeSync(fd);
  }
}

/**
 * True when the file is still the one that was read, so that it need not be read again: a mark tells that only of a file
 * that had not just been written when it was read.
 */
export const stillStands = (path: string, mark: FileMark | null): boolean =>
  mark?.isOld === true && isUnchanged(path, mark);

/** True when the file is still the one that was read a moment ago. Reading itself changes nothing of a mark. */
export function isUnchanged(path: string, mark: FileMark | null): boolean {
  try {
    const now = statSync(path, { bigint: true });
    return (
      mark !== null &&
      now.ino === mark.ino &&
      now.size === mark.size &&
      now.mtimeNs === mark.mtimeNs &&
      now.ctimeNs === mark.ctimeNs
    );
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return mark === null;
    throw systemError('read', path, error);
  }
}

/** Writes a new file with its ownership from the first byte on, in the place of what is there. Throws system errors. */
export function writeWhole(path: string, bytes: Buffer, { mode, uid, gid }: FileOwnership, sync: boolean): void {
  // A holder that died may have left one, and another user may have put a link there: neither is written to.
  discard(path);
  const fd = openSync(path, 'wx', mode);
  try {
    // The mode given to open is cut by the umask; a shared state must stay shared.
    keepOwner(fd, uid, gid);
    fchmodSync(fd, mode);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    if (sync) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    // Some file systems cannot fsync a folder; their renames are as durable as they get.
    if (errnoOf(error) !== 'EINVAL' && errnoOf(error) !== 'ENOTSUP') throw error;
  } finally {
    closeSync(fd);
  }
}

/** A command run as root must not take a user's file away from them; nobody else can give files away. */
function keepOwner(fd: number, uid: number, gid: number): void {
  if (process.geteuid?.() === 0 && (uid !== 0 || gid !== 0)) fchownSync(fd, uid, gid);
}

/** The lock was taken over while we held it: nothing was written, decide again. */
export class Superseded extends Error {}

/**
 * Makes `text` the content of `path`: written and fsynced inside the lock's own folder, renamed out of it, the folder
 * fsynced. Then keeps the same text as `path.bak`. Throws Superseded when the lock was taken over, ExpectedError 74
 * (disk full) or 77 otherwise; in every case the file is as it was. Returns what the file now holds.
 */
export function commitText(path: string, text: string, like: FileOwnership, lockFolder: string): KnownText {
  refuseLink(path);
  const next = join(lockFolder, NEXT);
  const bytes = Buffer.from(text);
  try {
    writeWhole(next, bytes, like, true);
    renameSync(next, path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new Superseded();
    discard(next);
    throw systemError('write', path, error);
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
  keepBackup(path, bytes, like, lockFolder);
  return { text, bytes };
}

/** Renaming onto a symbolic link would replace the link and leave the file behind it stale, without a word. */
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

function discard(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // There is none, or it is gone with the lock.
  }
}

/** Removes what a holder that died had not finished: by name, so that nothing else is removed wherever the folder leads. */
export function discardDrafts(lockFolder: string): void {
  for (const name of [NEXT, NEXT_BACKUP]) discard(join(lockFolder, name));
}

/** The last good revision, in an inode of its own: whatever damages the file in place leaves it alone. */
function keepBackup(path: string, bytes: Buffer, like: FileOwnership, lockFolder: string): void {
  const next = join(lockFolder, NEXT_BACKUP);
  try {
    writeWhole(next, bytes, like, false);
    renameSync(next, `${path}.bak`);
  } catch {
    // The commit itself is done and durable; a missing backup must not turn it into a failure.
    discard(next);
  }
}
