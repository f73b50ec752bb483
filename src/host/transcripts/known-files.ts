/**
 * Which transcripts there are, at little cost: a folder is listed again when something was added to it, and of files only
 * those are looked at that changed lately or that the kernel told of. Everything is listed anew once in a while.
 */
import type { Homes, TranscriptFile } from './find.ts';
import { inReadingOrder, listFolder, lookAt } from './find.ts';
import { Folders } from './folders.ts';

/** What nobody told of is found by then: an old session that goes on, where the kernel does not tell. */
const LIST_EVERY_MS = 60_000;
/** Where it does, only what another machine writes to a shared file system is left. Listing costs more than all the looks between. */
const LIST_TOLD_EVERY_MS = 5 * 60_000;
const LATELY_MS = 10 * 60_000;
/** A folder of sessions is not so deep, and one that leads back to itself ends here. */
const DEEPEST = 8;

export interface Look {
  /** Those that may have changed, in the order of `inOrder`. */
  readonly files: readonly TranscriptFile[];
  /** They are all that there are. */
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

  /** Has folders tell what changes in them, until the returned function is called. */
  watch(): () => void {
    this.#folders.watch();
    return () => this.#folders.stop();
  }

  look(now: number): Look {
    const listEveryMs = this.#folders.isTold ? LIST_TOLD_EVERY_MS : LIST_EVERY_MS;
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

  /** Files that were not known, here and in folders that were not. */
  #list(path: string, kind: TranscriptFile['kind'], depth: number, now: number): string[] {
    const { files, folders } = listFolder(path);
    const fresh = files.filter((file) => !this.#kinds.has(file));
    for (const file of fresh) this.#kinds.set(file, kind);
    if (depth >= DEEPEST) return fresh;
    const deeper = folders.filter((folder) => !this.#folders.has(folder));
    return [...fresh, ...deeper.flatMap((folder) => this.#enter(folder, kind, depth + 1, now))];
  }

  /** Null when it is gone; it stays known until everything is listed. */
  #lookAt(path: string, now: number): TranscriptFile | null {
    const file = lookAt(path, this.#kinds.get(path) as TranscriptFile['kind']);
    if (file !== null && now - file.mtimeMs < LATELY_MS) this.#lately.add(path);
    else this.#lately.delete(path);
    return file;
  }
}
