/**
 * Lines of a file that contain one of several marks: the bytes are searched for the marks, and only a marked line is
 * parsed. A line may have hundreds of megabytes; a line above the relevant size is skipped in pieces.
 */
import { readSync } from 'node:fs';

const LINE_FEED = 10;
const CHUNK_BYTES = 1 << 20;
/** Longest relevant line in bytes; a model's answer has at most a few hundred kilobytes. */
const LONGEST_BYTES = 16 << 20;

let buffer = Buffer.allocUnsafe(0);

function eachMarked(chunk: Buffer, marks: readonly Buffer[], take: (line: Buffer) => void): void {
  const next = marks.map((mark) => chunk.indexOf(mark));
  for (;;) {
    const hits = next.filter((at) => at >= 0);
    if (hits.length === 0) return;
    const hit = Math.min(...hits);
    const begin = chunk.lastIndexOf(LINE_FEED, hit) + 1;
    const found = chunk.indexOf(LINE_FEED, hit);
    const end = found < 0 ? chunk.length : found;
    take(chunk.subarray(begin, end));
    for (const [n, mark] of marks.entries()) {
      const at = next[n] as number;
      if (at >= 0 && at < end) next[n] = chunk.indexOf(mark, end);
    }
  }
}

/**
 * Calls back with each marked line from byte `from` on; the bytes are valid only during the call. Returns the position
 * after the last line feed, where the next reading begins. An incomplete last line is passed too, marked as such. After
 * `most` bytes it ends with the line that it is in.
 */
export function eachLine(
  fd: number,
  from: number,
  marks: readonly Buffer[],
  take: (line: Buffer, isWhole: boolean) => void,
  most = Number.POSITIVE_INFINITY,
): number {
  if (buffer.length === 0) buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** File position of the buffer's first byte, and the number of bytes in it. */
  let base = from;
  let filled = 0;
  /** Start of a line with a discarded beginning. */
  let passing: number | null = null;
  for (;;) {
    if (filled === buffer.length) {
      if (buffer.length < LONGEST_BYTES) {
        const wider = Buffer.allocUnsafe(buffer.length * 2);
        buffer.copy(wider, 0, 0, filled);
        buffer = wider;
      } else {
        passing ??= base;
        base += filled;
        filled = 0;
      }
    }
    const read = readSync(fd, buffer, filled, buffer.length - filled, base + filled);
    if (read === 0) break;
    const fresh = filled;
    filled += read;
    let begin = 0;
    if (passing !== null) {
      const end = buffer.subarray(0, filled).indexOf(LINE_FEED);
      begin = end < 0 ? filled : end + 1;
      if (end >= 0) passing = null;
    }
    const end = buffer.subarray(fresh, filled).lastIndexOf(LINE_FEED) + fresh;
    if (end >= fresh && end >= begin) {
      eachMarked(buffer.subarray(begin, end), marks, (line) => take(line, true));
      begin = end + 1;
    }
    if (begin > 0) {
      buffer.copyWithin(0, begin, filled);
      base += begin;
      filled -= begin;
      if (base - from >= most && passing === null) return base;
    }
  }
  if (passing !== null) return passing;
  if (filled > 0) eachMarked(buffer.subarray(0, filled), marks, (line) => take(line, false));
  return base;
}

/** The same for a text in memory from byte `from` on, of which every line is whole. */
export function eachLineOf(text: Buffer, from: number, marks: readonly Buffer[], take: (line: Buffer) => void): void {
  eachMarked(text.subarray(from), marks, take);
}

/** Shrinks the buffer after long lines. */
export function shrinkBuffer(): void {
  if (buffer.length > CHUNK_BYTES) buffer = Buffer.allocUnsafe(0);
}

/** The beginning of an entry, as agent programs write it. */
const BEGINNING = /\{"(?:type|timestamp|uuid|parentUuid|sessionId)":/g;
/** Most places in a line where a second entry may begin. */
const MOST_BEGINNINGS = 100;

function entryIn(text: string): { readonly entry: unknown } | null {
  try {
    return { entry: JSON.parse(text) };
  } catch {
    return null;
  }
}

/**
 * The entries in a line: one, or two if the first one was torn by a crash, or lost its line feed, and the next was
 * appended to it. `isTorn` is true if a part of the line is no entry.
 */
export function entriesIn(line: string): { readonly entries: readonly unknown[]; readonly isTorn: boolean } {
  const text = line.replace(/^[\uFEFF\0]+/, '');
  const whole = entryIn(text);
  if (whole !== null) return { entries: [whole.entry], isTorn: false };
  for (const { index } of [...text.matchAll(BEGINNING)].slice(1, MOST_BEGINNINGS)) {
    const second = entryIn(text.slice(index));
    if (second === null) continue;
    const first = entryIn(text.slice(0, index));
    return { entries: first === null ? [second.entry] : [first.entry, second.entry], isTorn: first === null };
  }
  return { entries: [], isTorn: true };
}
