/** Whether a file can have been written by another user. */
import type { BigIntStats } from 'node:fs';
import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

interface Ownership {
  readonly uid: number;
  readonly mode: number;
}

const isOwn = ({ uid, mode }: Ownership, euid: number): boolean => (uid === 0 || uid === euid) && (mode & 0o022) === 0;

/**
 * True when only root and the user `euid` can have written the file. In a folder that others may write, they can put any
 * file of that user's in its place, one with a text of theirs too; there it has to be root's, and no link.
 */
export const isTrusted = (file: Ownership, isLink: boolean, folder: Ownership, euid: number): boolean =>
  isOwn(file, euid) && (isOwn(folder, euid) || (file.uid === 0 && !isLink));

/** Whether this process may trust the file that it has opened at `path`; `opened` is what fstat says of it. */
export function mayTrust(path: string, opened: BigIntStats): boolean {
  const entry = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const isLink = entry?.ino !== opened.ino || entry.dev !== opened.dev;
  const file = { uid: Number(opened.uid), mode: Number(opened.mode) };
  return isTrusted(file, isLink, statSync(dirname(path)), process.geteuid?.() ?? 0);
}
