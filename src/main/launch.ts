/**
 * Runs a bundle with V8's code cache: a cold process otherwise spends most of its time compiling. The cache is written
 * once per kind of work and version of Node, beside the bundle or, if that folder belongs to another user, in the
 * user's own cache folder. Without a cache that V8 accepts the bundle is compiled.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { replaceFile } from '../files/atomic.ts';

/** Identifies the bundles of a cache, because V8 compares only the length of the source. */
declare const BUILD_ID: string;

interface Bundle {
  main(word: string, root: string, text: string): Promise<void>;
  /** True after the work: the code that the next process needs is then compiled. */
  hasRun(): boolean;
}

function cachePlaces(name: string): string[] {
  const { modules, v8 } = process.versions;
  const file = `${name}.${BUILD_ID}.${modules}.${v8}.${process.arch}.cache`;
  const { HOME, XDG_CACHE_HOME } = process.env;
  // A relative path would be another folder in each working folder, and nothing makes a home.
  const own = HOME && existsSync(HOME) ? `${HOME}/.cache` : undefined;
  const home = [XDG_CACHE_HOME, own].find((path) => path?.startsWith('/'));
  return [`${__dirname}/cache/${file}`, ...(home ? [`${home}/agent-resource-manager/${file}`] : [])];
}

/** The file holds the cache twice: V8 crashes on a damaged cache, and a comparison is cheaper than a checksum. */
function readCache(places: readonly string[]): Buffer | undefined {
  for (const place of places) {
    try {
      const twice = readFileSync(place);
      const half = twice.subarray(0, twice.length / 2);
      if (half.equals(twice.subarray(half.length))) return half;
    } catch {
      // The next folder may have a cache.
    }
  }
  return undefined;
}

function writeCache(places: readonly string[], cache: Buffer): void {
  for (const place of places) {
    try {
      mkdirSync(dirname(place), { recursive: true });
      replaceFile(place, Buffer.concat([cache, cache]), { mode: 0o644 });
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
  const cachedData = readCache(places);
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  const module = { exports: {} as Bundle };
  if (cachedData === undefined || script.cachedDataRejected)
    process.once('exit', () => {
      if (module.exports.hasRun()) writeCache(places, script.createCachedData());
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
