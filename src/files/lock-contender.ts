/** One contender for the lock: it has its own name, and each step of the protocol is one rename. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProcessRef } from '../core/model/process-ref.ts';
import { EXIT, ExpectedError, errnoOf } from '../errors.ts';
import { type FileTraits, replaceBy } from './atomic.ts';
import { discard } from './sweep.ts';

export interface ContenderOptions {
  /** Process that takes the lock. */
  readonly self: ProcessRef;
  /** True only for a process that is proved to be dead. */
  readonly isDead: (ref: ProcessRef) => boolean;
  readonly nowMs: () => number;
  /** Time after which the lock is taken over from a live process; null: never. */
  readonly hungAfterMs: number | null;
}

export interface Occupant extends ProcessRef {
  readonly sinceMs: number;
}

/** Drafts that a holder may leave in its folder. */
const DRAFTS = ['next', 'next.bak'] as const;

/** Another process took the lock over: nothing was written, and the caller decides again. */
export class Superseded extends Error {}

/**
 * Replaces a file by a draft that is written inside the folder of a held lock and renamed out of it. A superseded holder
 * finds its folder gone and cannot overwrite the file: it gets Superseded. Throws system errors otherwise.
 */
export function replaceUnderLock(
  lockFolder: string,
  draft: (typeof DRAFTS)[number],
  path: string,
  bytes: Uint8Array,
  traits: FileTraits,
): void {
  const next = join(lockFolder, draft);
  // A dead holder may have left a draft, and another user may have put a link there.
  discard(next);
  try {
    replaceBy(next, path, bytes, traits);
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? new Superseded() : error;
  }
}

const FREE = 'free';
const HOLDER = /^held\.(\d+)\.(\d+)\.([0-9a-z]*)\.(\d*)\.(\d+)\.[0-9a-z]+$/;

let acquisitions = 0;

function entryName({ pid, started, boot, ns }: ProcessRef, nowMs: number): string {
  acquisitions += 1;
  const nonce = `${process.hrtime.bigint().toString(36)}${acquisitions.toString(36)}`;
  return `held.${pid}.${started}.${boot ?? ''}.${ns ?? ''}.${nowMs}.${nonce}`;
}

function parseEntry(name: string): Occupant | null {
  const match = HOLDER.exec(name);
  if (!match) return null;
  const [, pid, started, boot, ns, since] = match;
  return {
    pid: Number(pid),
    started: Number(started),
    boot: boot || null,
    ns: ns ? Number(ns) : null,
    command: null,
    sinceMs: Number(since),
  };
}

/** Makes the lock directory by renaming a prepared one to its name, which must be absent or an empty folder. */
function makeLockDir(lockDir: string, mine: string): void {
  const prepared = join(dirname(lockDir), `.${basename(lockDir)}.${mine}`);
  // Every user who may write the state must be able to lock it, independent of the umask.
  const mode = statSync(dirname(lockDir)).mode & 0o2777;
  try {
    for (const folder of [prepared, join(prepared, FREE)]) {
      mkdirSync(folder);
      chmodSync(folder, mode);
    }
    renameSync(prepared, lockDir);
  } catch (error) {
    // Not recursive: a folder or link of another user is never entered.
    for (const folder of [join(prepared, FREE), prepared]) removeEmpty(folder);
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It does not exist, or is another user's.
  }
}

type Attempt = { readonly held: true } | { readonly held: false; readonly entry: string | null };

/** Each try is one look and, if the lock is free or its holder is dead, one rename. */
export class Contender {
  readonly lockDir: string;
  readonly folder: string;
  readonly #options: ContenderOptions;
  /** Holder at the last failed look. */
  occupant: Occupant | null = null;

  constructor(lockDir: string, options: ContenderOptions) {
    this.lockDir = lockDir;
    this.#options = options;
    this.folder = join(lockDir, entryName(options.self, options.nowMs()));
  }

  /** A cheap check that avoids a failing try. */
  looksFree(): boolean {
    return existsSync(join(this.lockDir, FREE));
  }

  tryFree(): Attempt {
    try {
      if (this.#enter(FREE)) return { held: true };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    return { held: false, entry: this.#look() };
  }

  /** The holder's entry; null if the lock is new or free, for another try. */
  #look(): string | null {
    let entries: string[];
    try {
      entries = readdirSync(this.lockDir);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      entries = [];
    }
    if (entries.length === 0) {
      makeLockDir(this.lockDir, basename(this.folder));
      return null;
    }
    const entry = entries.find((name) => name !== FREE) ?? null;
    if (entry === null) return null;
    this.occupant = parseEntry(entry);
    if (this.occupant === null) {
      throw new ExpectedError('foreign-lock', `${this.lockDir} holds something that is not a lock entry: ${entry}`, {
        hint: 'move that entry away; only this program writes there',
        exit: EXIT.badFile,
      });
    }
    return entry;
  }

  mayTakeOver(): boolean {
    const { occupant } = this;
    if (occupant === null) return false;
    if (this.#options.isDead(occupant)) return true;
    const { hungAfterMs, nowMs } = this.#options;
    return hungAfterMs !== null && nowMs() - occupant.sinceMs > hungAfterMs;
  }

  takeOver(entry: string): boolean {
    try {
      if (!this.#enter(entry)) return false;
      // By name: another user may have put other files there.
      for (const name of DRAFTS) discard(join(this.folder, name));
      return true;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Renames the entry to our name; true if that worked. An entry that is not a folder, such as a link, is removed. */
  #enter(entry: string): boolean {
    renameSync(join(this.lockDir, entry), this.folder);
    if (lstatSync(this.folder).isDirectory()) return true;
    unlinkSync(this.folder);
    return false;
  }

  /** One try to take a lock that is free or may be taken over. */
  take(): boolean {
    const attempt = this.tryFree();
    return attempt.held || (attempt.entry !== null && this.mayTakeOver() && this.takeOver(attempt.entry));
  }

  release(): void {
    try {
      renameSync(this.folder, join(this.lockDir, FREE));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}
