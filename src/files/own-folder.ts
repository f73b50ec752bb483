/**
 * In a state that several users may write to, each user has a folder that no other user may write to: `users/UID`. It is
 * recognized by its owner and not by its name, so that a folder of that name which another user has put there blocks
 * nobody and is not believed. Each folder is opened once, and its entries are reached through it.
 */
import { closeSync, fchmodSync, fstatSync, lstatSync, mkdirSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, orElse } from '../errors.ts';
import { nonce, OTHERS_WRITE, openFolder, pathOfOpen, placeFolder, STICKY, setAside } from './open-folder.ts';
import { isShared } from './trust.ts';

export interface UserFolder {
  readonly uid: number;
  /** Path of the folder; on Linux it stays true when a folder on the way to it is renamed. */
  readonly folder: string;
}

interface Opened {
  readonly fd: number;
  readonly path: string;
}

const FOLDER = 'users';
/** Its user writes, and everybody may read. */
const MODE = 0o755;
const NAME = /^(\d{1,10})(?:\.[0-9a-z]+)?$/;
/** Another process may make or move a folder meanwhile. */
const TRIES = 5;

/** Bound of the descriptors: another user may rename the folder of all users again and again. */
const MOST_OPEN = 32;

/** Folders that are in use. Their descriptors stay open: a path below one must never lead elsewhere. */
const open: (Opened & { readonly uid: number; readonly dir: string })[] = [];

/** True for a descriptor that stays open here, and that no command of `run` may inherit. */
export const isOwnFolderOpenAt = (fd: number): boolean => open.some((one) => one.fd === fd);

/** Opens a folder; null for anything else, and for a link. */
const openOnly = (path: string): number | null => orElse(() => openFolder(path), null);

/** Calls `use` with an open folder and the path of its entries; null without the folder. */
function within<T>(path: string, use: (below: string, fd: number) => T): T | null {
  const fd = openOnly(path);
  if (fd === null) return null;
  try {
    return use(pathOfOpen(fd, path), fd);
  } finally {
    closeSync(fd);
  }
}

const isOnlyOf = ({ uid, mode }: Stats, user: number): boolean => uid === user && (mode & OTHERS_WRITE) === 0;

/** Opens the folder if it is only this user's. The caller closes it. */
function openIfOnlyOf(path: string, uid: number): Opened | null {
  const fd = openOnly(path);
  if (fd === null) return null;
  if (isOnlyOf(fstatSync(fd), uid)) return { fd, path };
  closeSync(fd);
  return null;
}

/** Opens the first folder that is only this user's, the plain name before others; null without one. The caller closes it. */
function openOf(users: string, uid: number): Opened | null {
  const plain = openIfOnlyOf(join(users, String(uid)), uid);
  if (plain !== null) return plain;
  for (const name of readdirSync(users).sort()) {
    const own = NAME.exec(name)?.[1] === String(uid) ? openIfOnlyOf(join(users, name), uid) : null;
    if (own !== null) return own;
  }
  return null;
}

const isSameFolder = (a: Stats, b: Stats): boolean => a.ino === b.ino && a.dev === b.dev;

/**
 * Makes the folder of all users, for everybody who may write to the state. It appears with its mode. In its place a link or
 * a file, or the `unusable` folder, is kept beside it; another folder there has been made by somebody else meanwhile.
 */
function makeUsers(dir: string, unusable: Stats | null): void {
  const path = join(dir, FOLDER);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && (!there.isDirectory() || (unusable !== null && isSameFolder(there, unusable))))
    setAside(path);
  placeFolder(path, (statSync(dir).mode & 0o2777) | STICKY);
}

/** Makes a folder for this user; another user may have taken the plain name. */
function makeOwn(users: string, uid: number): void {
  const isFree = lstatSync(join(users, String(uid)), { throwIfNoEntry: false }) === undefined;
  const path = join(users, isFree ? String(uid) : `${uid}.${nonce()}`);
  mkdirSync(path, MODE);
  // Independent of the umask.
  within(path, (_below, fd) => {
    if (fstatSync(fd).uid === uid) fchmodSync(fd, MODE);
  });
}

/** Opens this user's folder, and makes it if `isMade`. Throws system errors. */
function openOwn(dir: string, uid: number, isMade: boolean): Opened | null {
  const users = join(dir, FOLDER);
  for (let tries = 1; ; tries += 1) {
    const there = lstatSync(users, { throwIfNoEntry: false }) ?? null;
    try {
      const found = within(users, (below) => {
        const own = openOf(below, uid);
        if (own !== null || !isMade) return { own };
        makeOwn(below, uid);
        return { own: openOf(below, uid) };
      });
      const own = found?.own ?? null;
      if (own !== null || !isMade) return own && { fd: own.fd, path: pathOfOpen(own.fd, own.path) };
      if (found === null) makeUsers(dir, there);
    } catch (error) {
      if (tries >= TRIES) throw error;
      // Another user has made it for no one else.
      if (isMade && errnoOf(error) === 'EACCES') makeUsers(dir, there);
    }
    if (tries >= TRIES) return null;
  }
}

/**
 * The folder in which only this user may write, if the state in `dir` is shared: a path to work below, valid in this
 * process only. Null in a private state, where the state's own folder serves; with `isMade` false also without such a
 * folder. Throws system errors if it cannot be made.
 */
export function ownFolder(dir: string, isMade = true): string | null {
  if (!isShared(dir)) return null;
  const uid = process.geteuid?.() ?? 0;
  const found = openOwn(dir, uid, isMade);
  const before = open.findLast((one) => one.uid === uid && one.dir === dir);
  if (found === null && isMade) throw Object.assign(new Error(`no folder in ${dir}/${FOLDER}`), { code: 'EACCES' });
  if (found === null) return null;
  const isKnown = before !== undefined && isSameFolder(fstatSync(before.fd), fstatSync(found.fd));
  if (isKnown || (open.length >= MOST_OPEN && before !== undefined)) {
    closeSync(found.fd);
    return before.path;
  }
  open.push({ ...found, uid, dir });
  return found.path;
}

/**
 * The folder for what only this user may write: of its own in a shared state, else the state's. The path is valid in this
 * process only. Throws system errors if it cannot be made.
 */
export function ownPlace(dir: string): string {
  return ownFolder(dir) ?? dir;
}

/** Calls `use` for each folder in which only its user may write, while it is open. Not in a private state. */
export function eachUserFolder(dir: string, use: (of: UserFolder) => void): void {
  if (!isShared(dir)) return;
  within(join(dir, FOLDER), (users) => {
    for (const name of readdirSync(users).sort()) {
      const uid = Number(NAME.exec(name)?.[1] ?? Number.NaN);
      within(join(users, name), (folder, fd) => {
        if (isOnlyOf(fstatSync(fd), uid)) use({ uid, folder });
      });
    }
  });
}
