/** A file of the user's, replaced so that every reader sees the old whole or the new whole. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf } from '../errors.ts';

const MOST_LINKS = 40;

/** Where a file really is, or would be made: what a link points to is written, not the link. */
export function realPath(path: string): string {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      return realpathSync(at);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) return at;
    at = resolve(dirname(at), readlinkSync(at));
  }
  return at;
}

/**
 * Puts `bytes` in the place of a file: written beside it, made durable, renamed. Its mode is `mode`, or else that of the
 * file it replaces, with its owner, or else what the umask leaves. Throws the errors of the system.
 */
export function replaceFile(path: string, bytes: Buffer, mode: number | null = null): void {
  const there = statSync(path, { throwIfNoEntry: false });
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.${process.hrtime.bigint().toString(36)}`);
  const wanted = mode ?? (there === undefined ? null : there.mode & 0o7777);
  const fd = openSync(draft, 'wx', wanted ?? 0o666);
  try {
    try {
      if (there !== undefined && there.uid !== process.geteuid?.() && process.geteuid?.() === 0)
        fchownSync(fd, there.uid, there.gid);
      // The mode given to open is cut by the umask.
      if (wanted !== null) fchmodSync(fd, wanted);
      writeFileSync(fd, bytes);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
