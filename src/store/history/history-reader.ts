/**
 * Reads the history in chunks, so that a million events need no more memory than a thousand. Records
 * of other kinds are skipped without parsing. Lines cut off by a full disk are skipped too.
 */

import { closeSync, existsSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, type Instant } from '../../core/model/instants.ts';
import type { KeptRecord } from '../../core/model/record.ts';
import { EXIT, ExpectedError, errnoOf, systemError } from '../../errors.ts';
import { MOST_BYTES, type OpenedFile, openRegular } from '../../files/regular-file.ts';
import type { HistoryReader, HistorySelection } from '../../ports/history.ts';
import { HISTORY_FOLDER, type HistoryFile, historyFiles } from './history.ts';

const CHUNK_BYTES = 1 << 20;
const LINE_FEED = 10;
/** Beginning of every record: `{"at":"2026-11-25T09:48:18.123Z","kind":"`. */
const BEGINNING = '{"at":"';
const KIND_AT = 41;

/** No record is longer: a line beyond it is no record, and is not kept in memory. */
const LONGEST_LINE_BYTES = 16 << 20;

/** The opened file; null if it is gone, because one of the oldest files may be removed meanwhile. */
function openFile(path: string): OpenedFile | null {
  try {
    return openRegular(path, { mostBytes: MOST_BYTES.lines });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw systemError('read', path, error);
  }
}

/** Calls back with each line of the file, without its line feed. */
function eachLine(path: string, take: (line: string) => void): void {
  const file = openFile(path);
  if (file === null) return;
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    /** Beginning of a line in the chunks before; its parts are dropped once it is too long. */
    let parts: Buffer[] = [];
    let begun = 0;
    for (;;) {
      const read = readSync(file.fd, buffer, 0, CHUNK_BYTES, null);
      if (read === 0) break;
      const chunk = buffer.subarray(0, read);
      // A chunk may end inside a multi-byte character; a line never does.
      const end = chunk.lastIndexOf(LINE_FEED);
      if (end >= 0) {
        const isTooLong = begun > LONGEST_LINE_BYTES;
        const whole = chunk.subarray(isTooLong ? chunk.indexOf(LINE_FEED) : 0, end);
        const text = Buffer.concat(isTooLong ? [whole] : [...parts, whole]).toString('utf8');
        for (let from = 0; from <= text.length; ) {
          const to = text.indexOf('\n', from);
          take(to < 0 ? text.slice(from) : text.slice(from, to));
          if (to < 0) break;
          from = to + 1;
        }
        parts = [];
        begun = 0;
      }
      const rest = chunk.subarray(end + 1);
      begun += rest.length;
      if (begun > LONGEST_LINE_BYTES) parts = [];
      else parts.push(Buffer.from(rest));
    }
  } finally {
    closeSync(file.fd);
  }
}

const isWanted = (line: string, kinds: ReadonlySet<string> | null): boolean => {
  if (kinds === null) return true;
  const end = line.indexOf('"', KIND_AT);
  return end < 0 || line.charCodeAt(KIND_AT - 1) !== 34 || kinds.has(line.slice(KIND_AT, end));
};

function parsed(line: string): KeptRecord | null {
  try {
    const record = JSON.parse(line) as KeptRecord;
    const at = Date.parse(record.at as unknown as string) as Instant;
    return typeof record.kind === 'string' && !Number.isNaN(at) ? { ...record, at } : null;
  } catch {
    return null;
  }
}

/**
 * The last record in a line. After a power cut or on a full disk a line may begin with NULs or a cut-off record, to which
 * the next record was appended.
 */
const lastIn = (line: string): string => line.slice(Math.max(0, line.lastIndexOf(BEGINNING)));

function select(line: string, selection: HistorySelection, take: (record: KeptRecord) => void): void {
  const { since = null, until = null, kinds = null } = selection;
  if (line === '') return;
  let record = isWanted(line, kinds) ? parsed(line) : null;
  if (record === null) {
    const last = lastIn(line);
    if (last.length < line.length && isWanted(last, kinds)) record = parsed(last);
  }
  if (record === null || (since !== null && record.at < since) || (until !== null && record.at > until)) return;
  take(record);
}

/**
 * Reads the history of the state in `source`, which may also be a history folder or one file of it. Throws ExpectedError
 * 66 if it is none of these and `isNamed`. The caller's own state may have no history.
 */
export function openHistoryReader(source: string, isNamed = false): HistoryReader {
  const own = join(source, HISTORY_FOLDER);
  const isFile = source.endsWith('.jsonl');
  const folder = isNamed && !existsSync(own) ? source : own;
  const files = (): readonly Pick<HistoryFile, 'name' | 'day'>[] => historyFiles(folder);
  if (isNamed && (isFile ? !existsSync(source) : files().length === 0))
    throw new ExpectedError('no-history', `there is no history in ${source}`, {
      hint: 'pass the folder of a state, its history folder, or a *.jsonl of it',
      exit: EXIT.noSuchThing,
    });
  if (isFile) return { each: (selection, take) => eachLine(source, (line) => select(line, selection, take)) };
  return {
    each(selection, take) {
      const { since = null, until = null } = selection;
      for (const { name, day } of files()) {
        const begins = Date.parse(`${day}T00:00:00Z`);
        if ((since !== null && begins + DAY_MS < since) || (until !== null && begins > until)) continue;
        eachLine(join(folder, name), (line) => select(line, selection, take));
      }
    },
  };
}
