/**
 * Read positions of the transcripts and the known responses, in a folder of the state for each user. The responses are a
 * file of numbers (56 bytes each); positions.json names it, so that one rename changes both. This is only a cache: if
 * it is damaged, the transcripts are read again.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutState } from '../../core/usage/codex.ts';
import { continuedRollout } from '../../core/usage/codex.ts';
import type { Entry, KnownEntries } from '../../core/usage/ledger.ts';
import type { Owner } from '../../core/usage/response.ts';
import { TOKEN_CLASSES } from '../../core/usage/response.ts';
import { systemError } from '../../errors.ts';
import { createFile, replaceFile } from '../../files/atomic.ts';
import { removeOld } from '../../files/sweep.ts';

/** One folder for each user: other users of a shared state must not read it. */
export const folderIn = (dir: string): string => join(dir, `transcripts-${process.getuid?.() ?? 0}`);
const POSITIONS = 'positions.json';
const VERSION = 1;
/** An unnamed response file of this age or less may still be named by the process that wrote it. */
const LEFT_BEHIND_MS = 60_000;

/** Read position of one file. */
export interface Position {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** Start of the first incomplete line. */
  readonly end: number;
  /** Digest of the first bytes and of the bytes before `end`. */
  readonly check: number;
  readonly rollout: RolloutState | null;
}

export interface Kept {
  readonly positions: Map<string, Position>;
  /** Undefined without responses. */
  readonly known: KnownEntries | undefined;
  readonly owners: readonly Owner[];
}

interface PositionsFile {
  readonly version: number;
  readonly responses: string;
  readonly bytes: number;
  readonly owners: readonly Owner[];
  readonly models: readonly string[];
  readonly files: Readonly<Record<string, Position>>;
}

/** Layout: all keys (8 bytes each), all instants (8 bytes each), then ten 4-byte numbers for each response. */
const WIDE = 2;
const NARROW = 10;
const MOST = 2 ** 32 - 1;
const LONGEST_PROMPT = 2 ** 24 - 1;
const NOBODY: Owner = { session: '', agentId: null, cwd: null };

function encoded(entries: readonly Entry[], owners: Map<Owner, number>, models: Map<string, number>): Uint8Array {
  const bytes = new ArrayBuffer(entries.length * (WIDE * 8 + NARROW * 4));
  const wide = new Float64Array(bytes, 0, entries.length * WIDE);
  const narrow = new Uint32Array(bytes, entries.length * WIDE * 8);
  const indexIn = <T>(known: Map<T, number>, one: T): number => {
    const index = known.get(one) ?? known.size;
    known.set(one, index);
    return index;
  };
  // No array for each response: a million arrays would cost more than all other work.
  let [w, n] = [0, 0];
  let [last, lastIndex]: [Owner | null, number] = [null, 0];
  for (const { key, at, owner, model, tokens, webSearches, longestPrompt, isUs, speed, isBatch } of entries) {
    wide[w] = key;
    wide[entries.length + w] = at;
    w += 1;
    // Responses of one owner mostly follow each other.
    if (owner !== last) [last, lastIndex] = [owner, indexIn(owners, owner)];
    narrow[n++] = lastIndex;
    narrow[n++] = indexIn(models, model);
    const flags = Number(isUs) + 2 * Number(speed === 'fast') + 4 * Number(isBatch) + 8 * Number(speed === 'ultrafast');
    narrow[n++] = flags + 256 * Math.min(longestPrompt, LONGEST_PROMPT);
    narrow[n++] = Math.min(webSearches, MOST);
    for (const dimension of TOKEN_CLASSES) narrow[n++] = Math.min(tokens[dimension], MOST);
  }
  return new Uint8Array(bytes);
}

/** Entries of a file, sorted by key; each object is made on demand. */
function decoded(file: Uint8Array, { owners, models }: PositionsFile): KnownEntries {
  const size = Math.floor(file.length / (WIDE * 8 + NARROW * 4));
  // Typed arrays begin at multiples of their width; a pooled buffer may not.
  const bytes = new Uint8Array(file).buffer;
  const wide = new Float64Array(bytes, 0, size * WIDE);
  const narrow = new Uint32Array(bytes, size * WIDE * 8, size * NARROW);
  const entryAt = (n: number): Entry => {
    const at = n * NARROW;
    const flags = narrow[at + 2] as number;
    return {
      key: wide[n] as number,
      at: wide[size + n] as number,
      owner: owners[narrow[at] as number] ?? NOBODY,
      model: models[narrow[at + 1] as number] ?? '',
      webSearches: narrow[at + 3] as number,
      // In the order of TOKEN_CLASSES.
      tokens: {
        input: narrow[at + 4] as number,
        output: narrow[at + 5] as number,
        cacheRead: narrow[at + 6] as number,
        cacheWrite: narrow[at + 7] as number,
        cacheWrite5m: narrow[at + 8] as number,
        cacheWrite1h: narrow[at + 9] as number,
      },
      longestPrompt: flags >>> 8,
      isUs: (flags & 1) > 0,
      speed: (flags & 8) > 0 ? 'ultrafast' : (flags & 2) > 0 ? 'fast' : 'standard',
      isBatch: (flags & 4) > 0,
    };
  };
  return {
    size,
    find(key) {
      let [low, high] = [0, size];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((wide[middle] as number) < key) low = middle + 1;
        else high = middle;
      }
      return low < size && wide[low] === key ? entryAt(low) : null;
    },
    *all() {
      for (let n = 0; n < size; n += 1) yield entryAt(n);
    },
  };
}

/** Loads the cache; empty if it is absent or damaged. */
export function loadKept(dir: string): Kept {
  const folder = folderIn(dir);
  try {
    const file = JSON.parse(readFileSync(join(folder, POSITIONS), 'utf8')) as PositionsFile;
    if (file.version !== VERSION) throw new Error('of another version');
    const responses = readFileSync(join(folder, file.responses));
    if (responses.length !== file.bytes) throw new Error('torn');
    const files = Object.entries(file.files).map(([path, position]): [string, Position] => {
      const { rollout } = position;
      return [path, rollout === null ? position : { ...position, rollout: continuedRollout(rollout) }];
    });
    return { positions: new Map(files), known: decoded(responses, file), owners: file.owners };
  } catch {
    return { positions: new Map(), known: undefined, owners: [] };
  }
}

/** Saves the cache and returns its entries. Throws ExpectedError (74, 77) and then leaves the previous one. */
export function saveKept(
  dir: string,
  positions: ReadonlyMap<string, Position>,
  entries: Iterable<Entry>,
): KnownEntries {
  const folder = folderIn(dir);
  const responses = `responses-${process.pid}-${process.hrtime.bigint().toString(36)}`;
  const owners = new Map<Owner, number>();
  const models = new Map<string, number>();
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const bytes = encoded(
      [...entries].sort((a, b) => a.key - b.key),
      owners,
      models,
    );
    createFile(join(folder, responses), bytes, { mode: 0o600 });
    const file: PositionsFile = {
      version: VERSION,
      responses,
      bytes: bytes.length,
      owners: [...owners.keys()],
      models: [...models.keys()],
      files: Object.fromEntries(positions),
    };
    replaceFile(join(folder, POSITIONS), Buffer.from(JSON.stringify(file)), { mode: 0o600 });
    removeOld(folder, LEFT_BEHIND_MS, (name) => name.startsWith('responses-') && name !== responses);
    return decoded(bytes, file);
  } catch (error) {
    throw systemError('write', folder, error);
  }
}
