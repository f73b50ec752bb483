/** Decides whether another user can have written a file. */
import { type BigIntStats, lstatSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Ownership {
  readonly uid: number;
  readonly mode: number;
}

const isOwn = ({ uid, mode }: Ownership, euid: number): boolean => (uid === 0 || uid === euid) && (mode & 0o022) === 0;

/**
 * True if only root and the user `euid` can have written the file. If others may write to its folder, they can replace
 * it by a file of that user with a text of their own; there, the file must be root's and no link.
 */
export const isTrusted = (file: Ownership, isLink: boolean, folder: Ownership, euid: number): boolean =>
  isOwn(file, euid) && (isOwn(folder, euid) || (file.uid === 0 && !isLink));

/** True if this process may trust the file that it has opened at `path`; `opened` is its fstat result. */
export function mayTrust(path: string, opened: BigIntStats): boolean {
  const entry = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const isLink = entry?.ino !== opened.ino || entry.dev !== opened.dev;
  const file = { uid: Number(opened.uid), mode: Number(opened.mode) };
  return isTrusted(file, isLink, statSync(dirname(path)), process.geteuid?.() ?? 0);
}

/** True if the folder or its slots.yaml can be written by another user than this one and root. False without a folder. */
export function isShared(dir: string): boolean {
  const folder = statSync(dir, { throwIfNoEntry: false });
  if (folder === undefined) return false;
  const euid = process.geteuid?.() ?? 0;
  const state = statSync(join(dir, 'slots.yaml'), { throwIfNoEntry: false });
  return !isOwn(folder, euid) || (state !== undefined && !isOwn(state, euid));
}
