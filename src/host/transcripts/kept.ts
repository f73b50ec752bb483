/**
 * Read positions of the transcripts and the known responses, in a folder of the state for each user. The responses are a
 * file of numbers (56 bytes each); positions.json names it, so that one rename changes both. This is only a cache: if
 * it is damaged, the transcripts are read again.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { continuedRollout, type RolloutState } from '../../core/usage/codex.ts';
import { BLOCK, type Block, EntryColumns, NUMBERS } from '../../core/usage/columns.ts';
import type { Owner } from '../../core/usage/response.ts';
import { errnoOf, orSystemError, systemError } from '../../errors.ts';
import { replaceFile } from '../../files/atomic.ts';
import { makeFolder } from '../../files/folder.ts';

import { ownPlace } from '../../files/own-folder.ts';
import { MOST_BYTES, openRegular, readRegularText } from '../../files/regular-file.ts';
import { discard, removeOld } from '../../files/sweep.ts';

/** One folder for each user: other users of a shared state must not read it. Throws system errors. */
export const folderIn = (dir: string): string => join(ownPlace(dir), `transcripts-${process.geteuid?.() ?? 0}`);
const POSITIONS = 'positions.json';
/** Version 1 has the responses sorted by key, and knows fewer flags. */
const VERSION = 2;
const READABLE = [1, VERSION];
/** An unnamed response file of this age or less may still be named by the process that wrote it. */
const LEFT_BEHIND_MS = 60_000;

/** Read position of one file. */
export interface Position {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** Start of the first incomplete line, in the text without compression. */
  readonly end: number;
  /** Digest of the first bytes and of the bytes before `end`. */
  readonly check: number;
  readonly rollout: RolloutState | null;
}

export interface Kept {
  readonly positions: Map<string, Position>;
  readonly columns: EntryColumns;
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
const ROW_BYTES = 2 * 8 + NUMBERS * 4;
const COLUMNS: readonly ((block: Block, size: number) => Float64Array | Uint32Array)[] = [
  ({ keys }, size) => keys.subarray(0, size),
  ({ instants }, size) => instants.subarray(0, size),
  ({ numbers }, size) => numbers.subarray(0, size * NUMBERS),
];

/** The bytes of the columns, part by part, without a copy. */
function* partsOf({
  blocks,
  size,
}: {
  readonly blocks: readonly Block[];
  readonly size: number;
}): Generator<Uint8Array> {
  for (const column of COLUMNS)
    for (const [at, block] of blocks.entries()) {
      const { buffer, byteOffset, byteLength } = column(block, Math.max(0, Math.min(BLOCK, size - at * BLOCK)));
      yield new Uint8Array(buffer, byteOffset, byteLength);
    }
}

function readColumns(path: string, { bytes, owners, models }: PositionsFile): EntryColumns {
  const columns = new EntryColumns(owners, models);
  const size = bytes / ROW_BYTES;
  const { fd, stat } = openRegular(path, { mostBytes: MOST_BYTES.lines });
  try {
    if (Number(stat.size) !== bytes || !Number.isInteger(size)) throw new Error('torn');
    columns.grow(size);
    for (const part of partsOf({ blocks: columns.blocks, size }))
      for (let at = 0; at < part.length; ) {
        const read = readSync(fd, part, at, part.length - at, null);
        if (read === 0) throw new Error('torn');
        at += read;
      }
  } finally {
    closeSync(fd);
  }
  columns.filled(size);
  return columns;
}

function writeColumns(path: string, columns: EntryColumns): number {
  const fd = openSync(path, 'wx', 0o600);
  try {
    for (const part of partsOf(columns)) for (let at = 0; at < part.length; ) at += writeSync(fd, part, at);
    return fstatSync(fd).size;
  } catch (error) {
    discard(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function load(folder: string): Kept {
  const file = JSON.parse(readRegularText(join(folder, POSITIONS), MOST_BYTES.positions)) as PositionsFile;
  if (!READABLE.includes(file.version)) throw new Error('of another version');
  const columns = readColumns(join(folder, file.responses), file);
  const files = Object.entries(file.files).map(([path, position]): [string, Position] => {
    const { rollout } = position;
    return [path, rollout === null ? position : { ...position, rollout: continuedRollout(rollout) }];
  });
  return { positions: new Map(files), columns };
}

/** Loads the cache; empty if it is absent or damaged. */
export function loadKept(dir: string): Kept {
  // Another process may replace both files between the reads of the first try.
  for (const isLast of [false, true])
    try {
      return load(folderIn(dir));
    } catch (error) {
      if (isLast || errnoOf(error) !== 'ENOENT') break;
    }
  return { positions: new Map(), columns: new EntryColumns() };
}

/** Response file that this process wrote last. */
let lastWritten: string | null = null;

/** Saves the cache. Throws ExpectedError (74, 77) and then leaves the previous one. */
export function saveKept(dir: string, positions: ReadonlyMap<string, Position>, columns: EntryColumns): void {
  const folder = orSystemError('write', dir, () => folderIn(dir));
  const responses = `responses-${process.pid}-${process.hrtime.bigint().toString(36)}`;
  try {
    makeFolder(folder, 0o700);
    const file: PositionsFile = {
      version: VERSION,
      responses,
      bytes: writeColumns(join(folder, responses), columns),
      owners: columns.owners,
      models: columns.models,
      files: Object.fromEntries(positions),
    };
    replaceFile(join(folder, POSITIONS), Buffer.from(JSON.stringify(file)), { mode: 0o600 });
    // A first reading saves every second, and its files are large.
    if (lastWritten !== null) discard(lastWritten);
    lastWritten = join(folder, responses);
    removeOld(folder, LEFT_BEHIND_MS, (name) => name.startsWith('responses-') && name !== responses);
  } catch (error) {
    throw systemError('write', folder, error);
  }
}
