/**
 * Known transcripts, kept up to date cheaply: a folder is listed again after a file is added, and only recent or
 * reported changes of files are read. A full listing follows at long intervals.
 */
import type { Homes, TranscriptFile } from './find.ts';
import { inReadingOrder, listFolder, lookAt } from './find.ts';
import { Folders } from './folders.ts';

/** Interval of full listings without kernel reports; they find old sessions that continue. */
const LIST_EVERY_MS = 60_000;
/** Interval with kernel reports, which miss only writes by other machines to a shared file system. */
const LIST_WATCHED_EVERY_MS = 5 * 60_000;
const LATELY_MS = 10 * 60_000;
/** Depth limit: session folders are shallower, and a folder that links to itself ends here. */
const DEEPEST = 8;

export interface Look {
  /** Files that may have changed, in the order of `inOrder`. */
  readonly files: readonly TranscriptFile[];
  /** True if these are all files. */
  readonly isWhole: boolean;
}

export class KnownFiles {
  readonly #homes: Homes;
  readonly #folders = new Folders();
  #kinds = new Map<string, TranscriptFile['kind']>();
  readonly #lately = new Set<string>();
  #listedAt = Number.NEGATIVE_INFINITY;

  constructor(homes: Homes) {
    this.#homes = homes;
  }

  get size(): number {
    return this.#kinds.size;
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
      return { files: this.#listAll(now), isWhole: true };
    }
    const paths = new Set(this.#lately);
    const { folders, touched } = this.#folders.changed(now);
    for (const { path, kind, depth } of folders) for (const file of this.#list(path, kind, depth, now)) paths.add(file);
    if (folders.length > 0) this.#folders.settle();
    for (const path of touched) if (this.#kinds.has(path)) paths.add(path);
    return { files: inReadingOrder([...paths].flatMap((path) => this.#lookAt(path, now) ?? [])), isWhole: false };
  }

  #listAll(now: number): TranscriptFile[] {
    this.#kinds = new Map();
    this.#lately.clear();
    const settle = this.#folders.beginAnew();
    for (const path of this.#homes.claude) this.#enter(path, 'claude', 0, now);
    this.#enter(this.#homes.codex, 'codex', 0, now);
    settle();
    return inReadingOrder(
      [...this.#kinds.keys()].flatMap((path) => {
        const file = this.#lookAt(path, now);
        if (file === null) this.#kinds.delete(path);
        return file ?? [];
      }),
    );
  }

  #enter(path: string, kind: TranscriptFile['kind'], depth: number, now: number): string[] {
    this.#folders.add(path, kind, depth, now);
    return this.#list(path, kind, depth, now);
  }

  /** Unknown files of this folder and of unknown folders below it. */
  #list(path: string, kind: TranscriptFile['kind'], depth: number, now: number): string[] {
    const { files, folders } = listFolder(path);
    const fresh = files.filter((file) => !this.#kinds.has(file));
    for (const file of fresh) this.#kinds.set(file, kind);
    if (depth >= DEEPEST) return fresh;
    const deeper = folders.filter((folder) => !this.#folders.has(folder));
    return [...fresh, ...deeper.flatMap((folder) => this.#enter(folder, kind, depth + 1, now))];
  }

  /** Null if the file is gone; it stays known until the next full listing. */
  #lookAt(path: string, now: number): TranscriptFile | null {
    const file = lookAt(path, this.#kinds.get(path) as TranscriptFile['kind']);
    if (file !== null && now - file.mtimeMs < LATELY_MS) this.#lately.add(path);
    else this.#lately.delete(path);
    return file;
  }
}
