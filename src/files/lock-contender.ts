/** One contender for the lock: it has its own name, and each step of the protocol is one rename. */
import {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProcessRef } from '../core/model/process-ref.ts';
import { errnoOf } from '../errors.ts';
import { type FileTraits, replaceBy } from './atomic.ts';
import { entryName, FREE, makeLockDir, type Occupant, parseEntry } from './lock-folder.ts';
import { canWriteIn, openFolder, pathOfOpen, setAside } from './open-folder.ts';
import { discard } from './sweep.ts';

export interface ContenderOptions {
  /** Process that takes the lock. */
  readonly self: ProcessRef;
  /** True only for a process that is proved to be dead. */
  readonly isDead: (ref: ProcessRef) => boolean;
  readonly nowMs: () => number;
  /** Time without a sign of life after which a holder loses the lock, dead or not. */
  readonly hungAfterMs: number;
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

type Attempt = { readonly held: true } | { readonly held: false; readonly entry: string | null };

/** An entry of the lock, and since when it is unchanged for this process, by a clock that nobody can set. */
interface Sighting {
  readonly entry: string;
  readonly ctimeNs: bigint;
  readonly sinceNs: bigint;
}

/**
 * Each try is one look and, if the lock is free or its holder is dead or shows no sign of life, one rename. The lock's
 * folder is opened once, and its entries are reached through it, so that a link that replaces it is never followed.
 */
export class Contender {
  readonly lockDir: string;
  readonly #name: string;
  readonly #options: ContenderOptions;
  #descriptor: number | null = null;
  #sighting: Sighting | null = null;
  /** Entry at the last failed look, and the holder that it names; null for an entry that is not ours. */
  entry: string | null = null;
  occupant: Occupant | null = null;

  constructor(lockDir: string, options: ContenderOptions) {
    this.lockDir = lockDir;
    this.#options = options;
    this.#name = entryName(options.self, options.nowMs());
  }

  /** Our folder while the lock is held. */
  get folder(): string {
    return this.#at(this.#name);
  }

  #at(entry: string): string {
    return join(this.#descriptor === null ? this.lockDir : pathOfOpen(this.#descriptor, this.lockDir), entry);
  }

  /**
   * Opens the lock's folder, and makes it if it is missing; false if the next try may succeed. A file, link or closed folder
   * of that name is moved out of the way after `hungAfterMs`.
   */
  #open(): boolean {
    if (this.#descriptor !== null && !this.#isInPlace(this.#descriptor)) this.close();
    if (this.#descriptor !== null) return true;
    try {
      this.#descriptor = openFolder(this.lockDir);
      if (this.#descriptor === null) makeLockDir(this.lockDir, this.#name);
      this.#descriptor ??= openFolder(this.lockDir);
    } catch (error) {
      if (errnoOf(error) !== 'ENOTDIR' && errnoOf(error) !== 'ELOOP' && !this.#isKeptOut(error)) throw error;
      this.#removeObstacle();
    }
    return this.#descriptor !== null;
  }

  /** True if another user's folder stands in the lock's place and does not let this one in; the state's folder does. */
  #isKeptOut(error: unknown): boolean {
    return errnoOf(error) === 'EACCES' && canWriteIn(dirname(this.lockDir));
  }

  /** Moves what stands in the lock's place out of the way, once nothing has changed there for `hungAfterMs`. */
  #removeObstacle(): void {
    this.entry = this.lockDir;
    this.occupant = null;
    if (this.#isStill(this.lockDir, this.lockDir)) setAside(this.lockDir);
  }

  /** False if the opened folder was replaced by another one. */
  #isInPlace(descriptor: number): boolean {
    const there = lstatSync(this.lockDir, { throwIfNoEntry: false });
    const opened = fstatSync(descriptor);
    return there?.ino === opened.ino && there.dev === opened.dev;
  }

  /** Lets go of the lock's folder; the next try opens it again. */
  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  /** A cheap check that avoids a failing try. */
  looksFree(): boolean {
    return existsSync(join(this.lockDir, FREE));
  }

  tryFree(): Attempt {
    if (!this.#open()) return { held: false, entry: null };
    try {
      if (this.#enter(FREE)) return { held: true };
    } catch (error) {
      if (this.#isKeptOut(error)) {
        this.#removeObstacle();
        return { held: false, entry: null };
      }
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    return { held: false, entry: this.#look() };
  }

  /** The holder's entry; null if the lock is new or free, for another try. */
  #look(): string | null {
    const entries = readdirSync(this.#at('.'));
    if (entries.includes(FREE)) return null;
    if (entries.length === 0) {
      // Empty for the moment of a failed step, or another user removed the entry; a new folder replaces it.
      this.close();
      makeLockDir(this.lockDir, this.#name);
      return null;
    }
    const entry = entries.find((name) => parseEntry(name) !== null) ?? (entries[0] as string);
    this.entry = entry;
    this.occupant = parseEntry(entry);
    return entry;
  }

  /** True if the entry's holder is proved dead, or showed no sign of life for `hungAfterMs`. */
  mayTakeOver(entry: string): boolean {
    const { occupant } = this;
    return (occupant !== null && this.#options.isDead(occupant)) || this.#isStill(this.#at(entry), entry);
  }

  /** True if nothing has changed at `path` for `hungAfterMs`: by its own time, or as long as this process has looked. */
  #isStill(path: string, entry: string): boolean {
    const { hungAfterMs, nowMs } = this.#options;
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return false;
    const nowNs = process.hrtime.bigint();
    const { ctimeNs } = stat;
    const seen = this.#sighting;
    if (seen === null || seen.entry !== entry || seen.ctimeNs !== ctimeNs)
      this.#sighting = { entry, ctimeNs, sinceNs: nowNs };
    const sinceNs = this.#sighting?.sinceNs ?? nowNs;
    return Number(nowNs - sinceNs) / 1e6 > hungAfterMs || nowMs() - Number(ctimeNs) / 1e6 > hungAfterMs;
  }

  takeOver(entry: string): boolean {
    try {
      if (!this.#enter(entry)) return false;
      // By name: another user may have put other files there.
      for (const name of DRAFTS) discard(join(this.folder, name));
      return true;
    } catch (error) {
      if (this.#isKeptOut(error)) this.#removeObstacle();
      else if (errnoOf(error) !== 'ENOENT') throw error;
      return false;
    }
  }

  /** Renames the entry to our name; true if that worked, and the lock can be held by it. Removes it otherwise. */
  #enter(entry: string): boolean {
    renameSync(this.#at(entry), this.folder);
    const stat = lstatSync(this.folder);
    if (!stat.isDirectory()) unlinkSync(this.folder);
    else if (stat.uid === process.geteuid?.() || canWriteIn(this.folder)) return true;
    else this.#removeUnusable();
    return false;
  }

  /** Removes a folder of another user in which this one may not write; with files in it, the whole lock is set aside. */
  #removeUnusable(): void {
    try {
      rmdirSync(this.folder);
    } catch (error) {
      if (errnoOf(error) !== 'ENOTEMPTY') throw error;
      setAside(this.lockDir);
    }
  }

  /** One try to take a lock that is free or may be taken over. */
  take(): boolean {
    const attempt = this.tryFree();
    return attempt.held || (attempt.entry !== null && this.mayTakeOver(attempt.entry) && this.takeOver(attempt.entry));
  }

  /** A sign of life of a holder that works for long. */
  beat(): void {
    const now = new Date();
    try {
      utimesSync(this.folder, now, now);
    } catch (error) {
      if (errnoOf(error) !== 'EPERM') throw error;
      // Another user of a shared state has made the folder; its times change with its entries.
      const sign = join(this.folder, 'beat');
      mkdirSync(sign);
      rmdirSync(sign);
    }
  }

  release(): void {
    if (this.#descriptor === null) return;
    try {
      renameSync(this.folder, this.#at(FREE));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    } finally {
      this.close();
    }
  }
}
