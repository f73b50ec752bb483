/**
 * Known transcripts, kept up to date cheaply: a folder is listed again after a file is added, and only recent or
 * reported changes of files are read. A full listing follows at long intervals.
 */
import { lstatSync, statSync } from 'node:fs';
import { orElse } from '../../errors.ts';
import { type Homes, inReadingOrder, type Kind, listFolder, lookAt, type TranscriptFile } from './find.ts';
import { Folders } from './folders.ts';

/** Interval of full listings without kernel reports; they find old sessions that continue. */
const LIST_EVERY_MS = 60_000;
/** Interval with kernel reports, which miss only writes by other machines to a shared file system. */
const LIST_WATCHED_EVERY_MS = 5 * 60_000;
const LATELY_MS = 10 * 60_000;
/** Greatest depth; session folders are shallower. */
const DEEPEST = 8;

export interface Look {
  /** Files that may have changed, in the order of `inOrder`. */
  readonly files: readonly TranscriptFile[];
  /** True if these are all files. */
  readonly isWhole: boolean;
  /** Files and folders that cannot be read, as far as this look listed them. */
  readonly unreadable: readonly string[];
}

/** Identity of a folder, however many links lead to it; null if it is absent or cannot be reached. */
function identityOf(folder: string): string | null {
  const stat = orElse(() => statSync(folder, { throwIfNoEntry: false }), undefined);
  return stat === undefined ? null : `${stat.dev} ${stat.ino}`;
}

/** True for anything of this name, also for a link that leads nowhere. */
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

export class KnownFiles {
  readonly #homes: Homes;
  readonly #folders = new Folders();
  #kinds = new Map<string, Kind>();
  readonly #lately = new Set<string>();
  /** Path of each folder by its identity. */
  readonly #entered = new Map<string, string>();
  #unreadable = new Set<string>();
  #listedAt = Number.NEGATIVE_INFINITY;

  constructor(homes: Homes) {
    this.#homes = homes;
  }

  get size(): number {
    return this.#kinds.size;
  }

  has(path: string): boolean {
    return this.#kinds.has(path);
  }

  /** Watches folders for changes until the returned function is called. */
  watch(): () => void {
    this.#folders.watch();
    return () => this.#folders.stop();
  }

  look(now: number): Look {
    const listEveryMs = this.#folders.isAllWatched ? LIST_WATCHED_EVERY_MS : LIST_EVERY_MS;
    if (now - this.#listedAt >= listEveryMs || now < this.#listedAt) {
      this.#listedAt = now;
      const files = this.#listAll(now);
      return { files, isWhole: true, unreadable: [...this.#unreadable] };
    }
    this.#unreadable.clear();
    const paths = new Set(this.#lately);
    const { folders, touched } = this.#folders.changed(now);
    for (const { path, kind, depth } of folders) for (const file of this.#list(path, kind, depth, now)) paths.add(file);
    if (folders.length > 0) this.#folders.settle();
    for (const path of touched) if (this.#kinds.has(path)) paths.add(path);
    const files = inReadingOrder([...paths].flatMap((path) => this.#lookAt(path, now) ?? []));
    return { files, isWhole: false, unreadable: [...this.#unreadable] };
  }

  #listAll(now: number): TranscriptFile[] {
    this.#kinds = new Map();
    this.#lately.clear();
    this.#entered.clear();
    this.#unreadable.clear();
    const settle = this.#folders.beginAnew();
    for (const path of this.#homes.claude) this.#enter(path, 'claude', 0, now);
    for (const path of this.#homes.codex) this.#enter(path, 'codex', 0, now);
    settle();
    return inReadingOrder(
      [...this.#kinds.keys()].flatMap((path) => {
        const file = this.#lookAt(path, now);
        if (file === null) this.#kinds.delete(path);
        return file ?? [];
      }),
    );
  }

  #enter(path: string, kind: Kind, depth: number, now: number): string[] {
    const identity = identityOf(path);
    const other = identity === null ? undefined : this.#entered.get(identity);
    // Several links may lead to one folder, and one of them from inside of it.
    if (other !== undefined && other !== path && identityOf(other) === identity) return [];
    if (identity !== null) this.#entered.set(identity, path);
    this.#folders.add(path, kind, depth, now);
    return this.#list(path, kind, depth, now);
  }

  /** Unknown files of this folder and of unknown folders below it. */
  #list(path: string, kind: Kind, depth: number, now: number): string[] {
    const { files, folders, unreadable } = listFolder(path);
    for (const one of unreadable) this.#unreadable.add(one);
    const fresh = files.filter((file) => !this.#kinds.has(file));
    for (const file of fresh) this.#kinds.set(file, kind);
    if (depth >= DEEPEST) return fresh;
    const deeper = folders.filter((folder) => !this.#folders.has(folder));
    return [...fresh, ...deeper.flatMap((folder) => this.#enter(folder, kind, depth + 1, now))];
  }

  /** Null if the file is gone; it stays known until the next full listing. */
  #lookAt(path: string, now: number): TranscriptFile | null {
    const file = lookAt(path, this.#kinds.get(path) as Kind);
    if (file === null && isThere(path)) this.#unreadable.add(path);
    if (file !== null && now - file.mtimeMs < LATELY_MS) this.#lately.add(path);
    else this.#lately.delete(path);
    return file;
  }
}
