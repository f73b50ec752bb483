/**
 * Files written as a whole. A draft becomes the file by one rename, so that every reader sees the old file or the new one.
 * A draft is always a new file: what another user has put under its name, a link above all, is never opened.
 */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../errors.ts';
import { discard, removeOld } from './sweep.ts';

export interface FileTraits {
  /** Permission bits, whatever the umask says; without them the umask decides. */
  readonly mode?: number;
  /** Root gives the file to this user, so that a command run as root takes no file away from its user. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** The file outlives a power cut once the call has returned. */
  readonly isDurable?: boolean;
}

/** A draft that is older than this was left by a writer that was killed. */
const LEFT_BEHIND_MS = 60_000;
const DRAFT = /^\d+\.[0-9a-z]+$/;

const draftMark = (path: string): string => `.${basename(path)}.`;
const draftOf = (path: string): string =>
  join(dirname(path), `${draftMark(path)}${process.pid}.${process.hrtime.bigint().toString(36)}`);

function sweepDrafts(path: string): void {
  const mark = draftMark(path);
  removeOld(dirname(path), LEFT_BEHIND_MS, (name) => name.startsWith(mark) && DRAFT.test(name.slice(mark.length)));
}

/** Makes a file that must not be there yet. Throws system errors; EEXIST where anything has its name, be it a link. */
export function createFile(path: string, bytes: Uint8Array, { mode, owner, isDurable }: FileTraits): void {
  const fd = openSync(path, 'wx', mode ?? 0o666);
  try {
    if (owner !== undefined && process.geteuid?.() === 0) fchownSync(fd, owner.uid, owner.gid);
    if (mode !== undefined) fchmodSync(fd, mode);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    if (isDurable) fsyncSync(fd);
  } catch (error) {
    discard(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Makes the names in a folder outlive a power cut. Throws system errors. */
export function syncFolder(folder: string): void {
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

/** Makes a draft and puts it in the place of the file or link at `path`. Throws system errors; then nothing has changed. */
export function replaceBy(draft: string, path: string, bytes: Uint8Array, traits: FileTraits): void {
  createFile(draft, bytes, traits);
  try {
    renameSync(draft, path);
  } catch (error) {
    discard(draft);
    throw error;
  }
}

/**
 * Puts `bytes` in the place of the file or link at `path`. Mode and owner are those of the file that was there, unless
 * others are given. Throws system errors; then what was there is as it was.
 */
export function replaceFile(path: string, bytes: Uint8Array, traits: FileTraits = {}): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  const there = stat?.isFile() ? { mode: stat.mode & 0o7777, owner: stat } : {};
  replaceBy(draftOf(path), path, bytes, { ...there, ...traits });
  if (traits.isDurable) syncFolder(dirname(path));
  sweepDrafts(path);
}

/** Makes a file that appears as a whole; false where anything has its name, which is left alone. Throws system errors. */
export function placeNew(path: string, bytes: Uint8Array, traits: FileTraits): boolean {
  const draft = draftOf(path);
  createFile(draft, bytes, traits);
  try {
    linkSync(draft, path);
    if (traits.isDurable) syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    discard(draft);
    sweepDrafts(path);
  }
}
