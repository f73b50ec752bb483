/** Compressed transcripts: the text as a whole, as far as Node or a program knows the format and the memory allows. */
import { execFileSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { openRegular, readOpened } from '../../files/regular-file.ts';

type Unpack = (packed: Buffer, options: { readonly maxOutputLength: number }) => Buffer;

/** Node knows zstd since 22.15. */
const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: Unpack };

/** Programs that write the text of a file to their output. They may be missing. */
const PROGRAMS: Readonly<Record<string, string>> = { zst: 'zstd', xz: 'xz', lzma: 'xz', bz2: 'bzip2', lz4: 'lz4' };
const LONGEST_RUN_MS = 60_000;

/** Null for a format that this Node does not know. */
const UNPACK: Readonly<Record<string, Unpack | null>> = {
  gz: zlib.gunzipSync,
  br: zlib.brotliDecompressSync,
  zst: zstdDecompressSync ?? null,
  xz: null,
  bz2: null,
  lz4: null,
  lzma: null,
  zip: null,
  '7z': null,
};

const MOST_BYTES = 256 << 20;

/** Longest text: a part of the memory that this process may use, which a control group may limit. */
function mostBytes(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(MOST_BYTES, Math.floor(limit / 4)) : MOST_BYTES;
}

/** The ending of a compressed file, like `gz`; null for a plain one. */
export function packingOf(path: string): string | null {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(UNPACK, ending) ? ending : null;
}

/** The text of a compressed file. Throws for an unknown format, a damaged file, what is no file, and a text that is too long. */
export function unpacked(path: string, packing: string): Buffer {
  const unpack = UNPACK[packing];
  const program = PROGRAMS[packing];
  const most = mostBytes();
  const file = openRegular(path, { mostBytes: most });
  try {
    if (unpack != null) return unpack(readOpened(file, most), { maxOutputLength: most });
    if (program === undefined) throw new Error(`unknown format ${packing}`);
    const stdio: [number, 'pipe', 'ignore'] = [file.fd, 'pipe', 'ignore'];
    return execFileSync(program, ['-dc'], { maxBuffer: most, stdio, timeout: LONGEST_RUN_MS });
  } finally {
    closeSync(file.fd);
  }
}
