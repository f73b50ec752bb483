/**
 * Writes whole files. One rename turns a draft into the file, so that every reader sees the old file or the new one. A
 * draft is always a new file: a file or link that another user put in its place is never opened.
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
import { discard, removeOld } from './sweep.ts';

export interface FileTraits {
  /** Permission bits, independent of the umask; without them the umask decides. */
  readonly mode?: number;
  /** Owner for files written by root, so that a command run as root takes no file away from its user. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** True if the file must survive a power cut once the call has returned. */
  readonly isDurable?: boolean;
}

/** A draft older than this was left by a killed writer. */
const LEFT_BEHIND_MS = 60_000;
const DRAFT = /^\d+\.[0-9a-z]+$/;

const draftMark = (path: string): string => `.${basename(path)}.`;
const draftOf = (path: string): string =>
  join(dirname(path), `${draftMark(path)}${process.pid}.${process.hrtime.bigint().toString(36)}`);

function sweepDrafts(path: string): void {
  const mark = draftMark(path);
  removeOld(dirname(path), LEFT_BEHIND_MS, (name) => name.startsWith(mark) && DRAFT.test(name.slice(mark.length)));
}

/** Not from errors.ts, which would triple the size of the launcher. */
const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');

/** Makes a new file. Throws system errors; EEXIST if its name exists, even as a link. */
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

/** Makes renames in a folder survive a power cut. Throws system errors. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    // Some file systems cannot fsync a folder; nothing makes their renames durable.
    if (!hasCode(error, 'EINVAL', 'ENOTSUP')) throw error;
  } finally {
    closeSync(fd);
  }
}

/** Writes a draft and renames it to `path`, over a file or link. Throws system errors and then changes nothing. */
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
 * Replaces the file or link at `path` by a file with these bytes. Mode and owner of the old file are kept, unless others
 * are given. Throws system errors and then changes nothing.
 */
export function replaceFile(path: string, bytes: Uint8Array, traits: FileTraits = {}): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  const there = stat?.isFile() ? { mode: stat.mode & 0o7777, owner: stat } : {};
  replaceBy(draftOf(path), path, bytes, { ...there, ...traits });
  if (traits.isDurable) syncFolder(dirname(path));
  sweepDrafts(path);
}

/** Makes a file that appears as a whole; false if its name exists. Throws system errors. */
export function placeNew(path: string, bytes: Uint8Array, traits: FileTraits): boolean {
  const draft = draftOf(path);
  createFile(draft, bytes, traits);
  try {
    linkSync(draft, path);
    if (traits.isDurable) syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    discard(draft);
    sweepDrafts(path);
  }
}
