/**
 * Runs a bundle with V8's code cache: a cold process otherwise spends most of its time compiling. The cache is written
 * once per kind of work and version of Node, beside the bundle or, if that folder belongs to another user, in the
 * user's own cache folder. Without a cache that V8 accepts the bundle is compiled.
 */
import { closeSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { replaceFile } from '../files/atomic.ts';
import { openRegular, readOpened } from '../files/regular-file.ts';
import { discard } from '../files/sweep.ts';

/** Identifies the bundles of a cache, because V8 compares only the length of the source. */
declare const BUILD_ID: string;

/** EXIT.internal, without loading errors.ts. */
const INTERNAL = 70;
const EMPTY = Buffer.alloc(0);

interface Bundle {
  main(word: string, root: string, text: string): Promise<void>;
  /** True after the work: the code that the next process needs is then compiled. */
  hasRun(): boolean;
}

function cachePlaces(name: string): string[] {
  const { modules, v8 } = process.versions;
  const file = `${name}.${BUILD_ID}.${modules}.${v8}.${process.arch}.cache`;
  const { HOME, XDG_CACHE_HOME } = process.env;
  const own = HOME && isOwn(HOME) ? `${HOME}/.cache` : undefined;
  const home = [XDG_CACHE_HOME, own].find((path) => path?.startsWith('/'));
  return [`${__dirname}/cache/${file}`, ...(home ? [`${home}/agent-resource-manager/${file}`] : [])];
}

/**
 * True for an absolute path to a folder of this user: a relative one would be another folder in each working folder,
 * nothing makes a home, and root with the HOME of another user must neither run nor write what that user chooses.
 */
function isOwn(folder: string): boolean {
  if (!folder.startsWith('/')) return false;
  try {
    const stat = statSync(folder);
    return stat.isDirectory() && stat.uid === process.geteuid?.();
  } catch {
    return false;
  }
}

interface Cache {
  readonly place: string;
  readonly bytes: Buffer;
}

/** No cache comes near this size. */
const MOST_BYTES = 64 << 20;

/** The bytes of a cache that nobody else can have written: it is code, and runs. Throws system errors. */
function bytesOf(place: string): Buffer | null {
  const file = openRegular(place, { mostBytes: MOST_BYTES });
  try {
    const uid = Number(file.stat.uid);
    const isOurs = uid === process.geteuid?.() || uid === 0 || uid === statSync(__filename).uid;
    return isOurs && (Number(file.stat.mode) & 0o022) === 0 ? readOpened(file, MOST_BYTES) : null;
  } finally {
    closeSync(file.fd);
  }
}

/** The file holds the cache twice: V8 crashes on a damaged cache, and a comparison is cheaper than a checksum. */
function readCache(places: readonly string[]): Cache | null {
  for (const place of places) {
    try {
      const twice = bytesOf(place) ?? EMPTY;
      const bytes = twice.subarray(0, twice.length / 2);
      if (bytes.length > 0 && bytes.equals(twice.subarray(bytes.length))) return { place, bytes };
    } catch {
      // The next folder may have a cache.
    }
  }
  return null;
}

function writeCache(places: readonly string[], cache: Buffer): void {
  for (const place of places) {
    try {
      mkdirSync(dirname(place), { recursive: true });
      // A cache that another user has written is replaced by one of ours, for the next run to believe.
      const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
      replaceFile(place, Buffer.concat([cache, cache]), { mode: 0o644, owner });
      return;
    } catch {
      // The next folder may be writable.
    }
  }
}

/** Runs the `main` of a bundle. `kind` names the cache; each kind of work compiles other functions. */
export function load(bundle: string, kind: string, word: string, text = ''): Promise<void> {
  const filename = `${__dirname}/${bundle}.cjs`;
  const places = cachePlaces(kind);
  const cache = readCache(places);
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: cache?.bytes });
  const module = { exports: {} as Bundle };
  const isNew = cache === null || script.cachedDataRejected;
  process.once('exit', (code) => {
    if (isNew && module.exports.hasRun()) writeCache(places, script.createCachedData());
    // The cache itself may be the cause.
    else if (cache !== null && code === INTERNAL) discard(cache.place);
  });
  script.runInThisContext()(module.exports, require, module);
  return module.exports.main(word, `${__dirname}/..`, text);
}

/** Runs the command of this executable, and then `exit`, which avoids freeing the heap. `bundle` has the command. */
export async function launch(invokedAs: string, exit: () => void, bundle = 'main'): Promise<void> {
  const [, , word = ''] = process.argv;
  const isPlain = invokedAs === 'resource-manager' && /^[a-z-]{1,20}$/.test(word);
  await load(bundle, isPlain ? `${invokedAs}-${word}` : invokedAs, invokedAs);
  exit();
}
