/** Reads a text file, with a mark that shows later whether the file has changed. */
import { isUtf8 } from 'node:buffer';
import { closeSync, statSync } from 'node:fs';
import { EXIT, ExpectedError, errnoOf, systemError } from '../errors.ts';
import { MOST_BYTES, type OpenedFile, readOpened } from './regular-file.ts';
import { mayTrust, openInState } from './trust.ts';

/** Attributes that distinguish versions of a file without reading it. */
export interface FileMark {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** True if the file had not been written for a while when it was read. */
  readonly isOld: boolean;
  /** True if no other user can have written the file. */
  readonly isTrusted: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A text, and its bytes in the file. */
export interface KnownText {
  readonly text: string;
  readonly bytes: Buffer;
}

export interface FileText extends KnownText {
  readonly mark: FileMark;
}

/** Clock tick of file systems: two writes within a tick can have the same time, and even the same inode. */
const TICK_MS = 50;

const notText = (path: string): ExpectedError =>
  new ExpectedError('bad-file', `${path}, line 1, column 1: it is not UTF-8 text`, {
    hint: 'save it as UTF-8; the file was not changed',
    exit: EXIT.badFile,
  });

/**
 * Text of the file, or null without a file; the same object as in `before` if the bytes are equal. Throws ExpectedError
 * for every other failure, also for bytes that are no text, unless `isDamageKept`.
 */
export function readText(path: string, before: KnownText | null = null, isDamageKept = false): FileText | null {
  let file: OpenedFile;
  try {
    file = openInState(path, { mostBytes: MOST_BYTES.text });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw systemError('read', path, error);
  }
  try {
    const { ino, size, mtimeNs, ctimeNs, mode, uid, gid } = file.stat;
    const bytes = readOpened(file, MOST_BYTES.text);
    const isSame = before?.bytes.equals(bytes) ?? false;
    if (!isSame && !isDamageKept && !isUtf8(bytes)) throw notText(path);
    return {
      ...(before !== null && isSame ? before : { text: bytes.toString('utf8'), bytes }),
      mark: {
        ino,
        size,
        mtimeNs,
        ctimeNs,
        isOld: Date.now() - Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6 > TICK_MS,
        isTrusted: mayTrust(path, file.stat),
        mode: Number(mode) & 0o777,
        uid: Number(uid),
        gid: Number(gid),
      },
    };
  } catch (error) {
    throw error instanceof ExpectedError ? error : systemError('read', path, error);
  } finally {
    closeSync(file.fd);
  }
}

/**
 * True if the file is certainly unchanged since it was read. A mark cannot show that for a file that was written just
 * before.
 */
export const isCertainlyUnchanged = (path: string, mark: FileMark | null): boolean =>
  mark?.isOld === true && isUnchanged(path, mark);

/** True if the file is unchanged since it was read a moment ago. Reading does not change a mark. */
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
