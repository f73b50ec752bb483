/** Tries whether the state in a folder can be written. */
import { closeSync, fsyncSync, openSync, statfsSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type ExpectedError, errnoOf, orElse, systemError } from '../errors.ts';
import { nonce } from '../files/open-folder.ts';
import type { FolderCheck } from '../ports/store.ts';

/** Size of a large state; a commit writes it twice. */
const PROBE_BYTES = 256 << 10;

function tryToWrite(dir: string): void {
  const path = join(dir, `.doctor.${process.pid}.${nonce()}`);
  const fd = openSync(path, 'wx', 0o600);
  try {
    // At once, so that nothing is left if this process is killed.
    unlinkSync(path);
    for (let left = PROBE_BYTES; left > 0; ) left -= writeSync(fd, Buffer.alloc(left));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

const isNoRight = (error: unknown): boolean => ['EACCES', 'EPERM'].includes(errnoOf(error) ?? '');

/** Writes a file for a moment. Throws nothing. */
export function checkFolder(dir: string): FolderCheck {
  let failure: ExpectedError | null = null;
  let owner: number | null = null;
  try {
    tryToWrite(dir);
  } catch (error) {
    failure = systemError('write to', dir, error);
    owner = isNoRight(error) ? orElse(() => statSync(dir).uid, null) : null;
  }
  const disk = orElse(() => statfsSync(dir), null);
  return { failure, owner, freeBytes: disk === null ? null : disk.bavail * disk.bsize };
}
