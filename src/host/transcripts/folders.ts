/**
 * The folders of transcripts, and which of them need to be listed again. Where the kernel tells what changes in a folder (one
 * inotify instance for all of them) only that is looked at; a folder that it does not tell of is asked for its time
 * of change at every look.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { TranscriptFile } from './find.ts';

export interface Folder {
  readonly path: string;
  readonly kind: TranscriptFile['kind'];
  /** How far below its home. */
  readonly depth: number;
  ino: number;
  /** When what was listed had changed last; NaN when it may have changed since in the same moment. */
  mtimeMs: number;
  watcher: FSWatcher | null;
}

/** So many are kept up, projects and what changed last first; what is in others waits for the next listing. */
const MOST = 1_000;
/** Times of change are as coarse as this where file systems are old. */
const TICK_MS = 2_000;
const LATELY = Number.MAX_SAFE_INTEGER;

export class Folders {
  #all = new Map<string, Folder>();
  /** Those that are asked at every look. */
  #asked: Folder[] = [];
  /** Paths that something was told of since they were last taken. */
  #touched = new Set<string>();
  #isWatching = false;

  /** From now on the kernel is asked to tell, until `stop`. */
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

  /** Forgets all of them, for a listing of everything that names them again; gives what is to be done at its end. */
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

  /** The kernel tells of every folder that there is. */
  get isTold(): boolean {
    return this.#isWatching && this.#all.size <= MOST && this.#asked.every(({ ino }) => ino === GONE.ino);
  }

  has(path: string): boolean {
    return this.#all.has(path);
  }

  /** One that is about to be listed. Its home need not be there yet. */
  add(path: string, kind: Folder['kind'], depth: number, now: number): void {
    const folder: Folder = { path, kind, depth, ...GONE, watcher: null };
    this.#all.set(path, folder);
    hasChanged(folder, now);
  }

  /** Those that must be listed again, and files that something was told of. */
  changed(now: number): { readonly folders: readonly Folder[]; readonly touched: ReadonlySet<string> } {
    const touched = this.#touched;
    this.#touched = new Set();
    const named = [...touched].flatMap((path) => this.#all.get(path) ?? []);
    const folders = [...new Set([...this.#asked, ...named])].filter((folder) => {
      const { ino } = folder;
      const isChanged = hasChanged(folder, now);
      // Another one in its place: what watched the first tells nothing of it.
      if (folder.ino !== ino) unwatch(folder);
      return isChanged;
    });
    return { folders, touched };
  }

  /** To be called when some were added or listed: has those watched that can be. */
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
    this.#asked = kept.filter(({ watcher }) => watcher === null);
  }

  #watch(folder: Folder): void {
    const { path } = folder;
    try {
      folder.watcher = watch(path, { persistent: false }, (event, name) => {
        if (event === 'rename' || name === null) this.#touched.add(path);
        if (name !== null) this.#touched.add(join(path, name));
      });
      folder.watcher.on('error', () => unwatch(folder));
      // What happened between the listing and this moment was told to nobody.
      this.#touched.add(path);
    } catch {
      // A user has a limited number of them; it is asked instead.
    }
  }
}

function unwatch(folder: Folder): void {
  folder.watcher?.close();
  folder.watcher = null;
}

/** Whether it must be listed; remembered as listed. */
function hasChanged(folder: Folder, now: number): boolean {
  const { ino, mtimeMs } = statOf(folder.path) ?? GONE;
  const isSame = ino === GONE.ino || (ino === folder.ino && mtimeMs === folder.mtimeMs);
  folder.ino = ino;
  folder.mtimeMs = Math.abs(now - mtimeMs) < TICK_MS ? Number.NaN : mtimeMs;
  return !isSame;
}

const GONE = { ino: 0, mtimeMs: Number.NaN };

function statOf(path: string): { readonly ino: number; readonly mtimeMs: number } | null {
  try {
    // That there is none is usual, and an error would cost more than the look.
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
