/**
 * Folders of transcripts, and which of them must be listed again. The kernel reports changes in watched folders (one
 * inotify instance for all); the modification time of an unwatched folder is read at every look.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { orElse } from '../../errors.ts';
import type { Kind } from './find.ts';

export interface Folder {
  readonly path: string;
  readonly kind: Kind;
  /** Depth below its home. */
  readonly depth: number;
  ino: number;
  /** Modification time at the last listing; NaN if a later change may have the same time. */
  mtimeMs: number;
  watcher: FSWatcher | null;
}

/** Limit of tracked folders: projects and recent changes first. Others wait for the next full listing. */
const MOST = 1_000;
/** Granularity of modification times on old file systems. */
const TICK_MS = 2_000;
const LATELY = Number.MAX_SAFE_INTEGER;

export class Folders {
  #all = new Map<string, Folder>();
  /** Unwatched folders, read at every look. */
  #unwatched: Folder[] = [];
  /** Paths with a change since the last `changed`. */
  #touched = new Set<string>();
  #isWatching = false;

  /** Watches folders through the kernel until `stop`. */
  watch(): void {
    this.#isWatching = true;
    this.#touched = new Set(this.#all.keys());
    this.settle();
  }

  stop(): void {
    this.#isWatching = false;
    for (const folder of this.#all.values()) unwatch(folder);
    this.settle();
  }

  /** Drops all folders before a full listing, which adds them again; call the result after it. */
  beginAnew(): () => void {
    const before = this.#all;
    this.#all = new Map();
    this.#touched.clear();
    return () => {
      for (const [path, old] of before) {
        const now = this.#all.get(path);
        if (now?.ino === old.ino) now.watcher = old.watcher;
        else unwatch(old);
      }
      this.settle();
    };
  }

  /** True if every existing one is watched. */
  get isAllWatched(): boolean {
    return this.#isWatching && this.#all.size <= MOST && this.#unwatched.every(({ ino }) => ino === GONE.ino);
  }

  has(path: string): boolean {
    return this.#all.has(path);
  }

  /** Adds a folder that is about to be listed. Its home may not exist yet. */
  add(path: string, kind: Folder['kind'], depth: number, now: number): void {
    const folder: Folder = { path, kind, depth, ...GONE, watcher: null };
    this.#all.set(path, folder);
    hasChanged(folder, now);
  }

  /** Folders that must be listed again, and files with a reported change. */
  changed(now: number): { readonly folders: readonly Folder[]; readonly touched: ReadonlySet<string> } {
    const touched = this.#touched;
    this.#touched = new Set();
    const named = [...touched].flatMap((path) => this.#all.get(path) ?? []);
    const folders = [...new Set([...this.#unwatched, ...named])].filter((folder) => {
      const { ino } = folder;
      const isChanged = hasChanged(folder, now);
      // The old watch does not report a folder that replaced its own.
      if (folder.ino !== ino) unwatch(folder);
      return isChanged;
    });
    return { folders, touched };
  }

  /** Watches added folders where possible; call it after adding or listing. */
  settle(): void {
    const folders = [...this.#all.values()];
    if (folders.length > MOST)
      folders.sort(
        (a, b) => Math.min(a.depth, 2) - Math.min(b.depth, 2) || (b.mtimeMs || LATELY) - (a.mtimeMs || LATELY),
      );
    for (const folder of folders.slice(MOST)) unwatch(folder);
    const kept = folders.slice(0, MOST);
    if (this.#isWatching)
      for (const folder of kept) if (folder.watcher === null && folder.ino !== GONE.ino) this.#watch(folder);
    this.#unwatched = kept.filter(({ watcher }) => watcher === null);
  }

  #watch(folder: Folder): void {
    const { path } = folder;
    try {
      folder.watcher = watch(path, { persistent: false }, (event, name) => {
        if (event === 'rename' || name === null) this.#touched.add(path);
        if (name !== null) this.#touched.add(join(path, name));
      });
      folder.watcher.on('error', () => unwatch(folder));
      // No watch reported changes since the listing.
      this.#touched.add(path);
    } catch {
      // The number of watches is limited for each user; read this folder at every look instead.
    }
  }
}

function unwatch(folder: Folder): void {
  folder.watcher?.close();
  folder.watcher = null;
}

/** True if the folder must be listed; marks it as listed. */
function hasChanged(folder: Folder, now: number): boolean {
  // An absent folder is usual, and an exception costs more than a stat.
  const { ino, mtimeMs } = orElse(() => statSync(folder.path, { throwIfNoEntry: false }), undefined) ?? GONE;
  const isSame = ino === GONE.ino || (ino === folder.ino && mtimeMs === folder.mtimeMs);
  folder.ino = ino;
  folder.mtimeMs = Math.abs(now - mtimeMs) < TICK_MS ? Number.NaN : mtimeMs;
  return !isSame;
}

const GONE = { ino: 0, mtimeMs: Number.NaN };
