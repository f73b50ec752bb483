/** Decides whether another user can have written a file. */
import { type BigIntStats, closeSync, lstatSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OTHERS_WRITE } from './open-folder.ts';
import { MOST_BYTES, type OpenedFile, type OpenOptions, openRegular, readOpened } from './regular-file.ts';

interface Ownership {
  readonly uid: number;
  readonly mode: number;
}

const isOwn = ({ uid, mode }: Ownership, euid: number): boolean =>
  (uid === 0 || uid === euid) && (mode & OTHERS_WRITE) === 0;

/**
 * True if only root and the user `euid` can have written the file. If others may write to its folder, they can replace it
 * by a file of that user with a text of their own; there, the file must be root's, and have no second name.
 */
export const isTrusted = (file: Ownership & { nlink: number }, folder: Ownership, euid: number): boolean =>
  isOwn(file, euid) && (isOwn(folder, euid) || (file.uid === 0 && file.nlink === 1));

/** This process's user, as the kernel judges it. */
export const ownUid = (): number => process.geteuid?.() ?? 0;

/** True if this process may trust a file of the state; `stat` is of what `openInState` opened at `path`. */
export const mayTrust = (path: string, { uid, mode, nlink }: BigIntStats): boolean =>
  isTrusted({ uid: Number(uid), mode: Number(mode), nlink: Number(nlink) }, statSync(dirname(path)), ownUid());

/**
 * Opens a file of a state as `openRegular` does. A link is followed only in a folder that no other user may write to;
 * elsewhere it is refused as no file.
 */
export function openInState(path: string, options: OpenOptions): OpenedFile {
  try {
    return openRegular(path, { ...options, isLinkRefused: true });
  } catch (error) {
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (!isLink || !isOwn(statSync(dirname(path)), ownUid())) throw error;
    return openRegular(path, options);
  }
}

/** A text file of the state, and whether no other user can have written it; null without a file. Throws as `openInState`. */
export function textInState(path: string): { readonly text: string; readonly isTrusted: boolean } | null {
  let file: OpenedFile;
  try {
    file = openInState(path, { mostBytes: MOST_BYTES.text });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return { text: readOpened(file, MOST_BYTES.text).toString('utf8'), isTrusted: mayTrust(path, file.stat) };
  } finally {
    closeSync(file.fd);
  }
}

/** True if the folder or its slots.yaml can be written by another user than this one and root. False without a folder. */
export function isShared(dir: string): boolean {
  const folder = statSync(dir, { throwIfNoEntry: false });
  if (folder === undefined) return false;
  const euid = ownUid();
  const state = statSync(join(dir, 'slots.yaml'), { throwIfNoEntry: false });
  return !isOwn(folder, euid) || (state?.isFile() === true && !isOwn(state, euid));
}
