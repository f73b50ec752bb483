/**
 * Folders in which other users may write. Each is opened once, without following a link, and its entries are reached
 * through it, so that nobody can put another folder in its place meanwhile.
 */
import { accessSync, closeSync, constants, fchmodSync, mkdirSync, openSync, renameSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../errors.ts';

/** Permission bits with which others than the owner may write. */
export const OTHERS_WRITE = 0o022;
/** Permission bit of a folder in which only the owner of an entry may rename or remove it. */
export const STICKY = 0o1000;

/** A text that no other name in the folder has. */
export const nonce = (): string => process.hrtime.bigint().toString(36);

/** Opens the folder without following a link; null if there is none. Throws ENOTDIR or ELOOP for anything else. */
export function openFolder(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Path of an open folder's entries. On Linux it stays true when the folder is renamed; elsewhere it is `path`. */
export const pathOfOpen = (fd: number, path: string): string =>
  process.platform === 'linux' ? `/proc/self/fd/${fd}` : path;

/**
 * Makes a folder that appears with its mode, whatever the umask is. It replaces an empty folder, and leaves one with entries
 * as it is. Throws system errors; ENOTDIR for a file or link.
 */
export function placeFolder(path: string, mode: number): void {
  const prepared = join(dirname(path), `.${basename(path)}.${process.pid}.${nonce()}`);
  mkdirSync(prepared, 0o700);
  try {
    const fd = openFolder(prepared) as number;
    try {
      fchmodSync(fd, mode);
    } finally {
      closeSync(fd);
    }
    renameSync(prepared, path);
  } catch (error) {
    removeEmpty(prepared);
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
  }
}

/** Moves an entry that cannot be used out of the way, and keeps it. Throws system errors. */
export function setAside(path: string): void {
  renameSync(path, `${path}.set-aside.${nonce()}`);
}

/** True if this user may make files in the folder. */
export function canWriteIn(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Removes a folder without entries; any other stays. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It has entries, does not exist, or is another user's.
  }
}
