/**
 * Reads the history in chunks, so that a million events need no more memory than a thousand. Records
 * of other kinds are skipped without parsing. Lines cut off by a full disk are skipped too.
 */

import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, type Instant } from '../../core/model/instants.ts';
import type { KeptRecord } from '../../core/model/record.ts';
import { EXIT, ExpectedError, orElse } from '../../errors.ts';
import type { HistoryReader, HistorySelection } from '../../ports/history.ts';
import { HISTORY_FOLDER, type HistoryFile, historyFiles } from './history.ts';

const CHUNK_BYTES = 1 << 20;
/** Beginning of every record: `{"at":"2026-11-25T09:48:18.123Z","kind":"`. */
const KIND_AT = 41;

/** Calls back with each line of the file, without its line feed. */
function eachLine(path: string, take: (line: string) => void): void {
  // One of the oldest files may be removed meanwhile.
  const fd = orElse(() => openSync(path, 'r'), null);
  if (fd === null) return;
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const read = readSync(fd, buffer, 0, CHUNK_BYTES, null);
      if (read === 0) break;
      const end = buffer.lastIndexOf(10, read - 1);
      if (end < 0) {
        rest = Buffer.concat([rest, buffer.subarray(0, read)]);
        continue;
      }
      // A chunk may end inside a multi-byte character; a line never does.
      const whole = buffer.subarray(0, end);
      const text = (rest.length === 0 ? whole : Buffer.concat([rest, whole])).toString('utf8');
      for (let from = 0; from <= text.length; ) {
        const to = text.indexOf('\n', from);
        take(to < 0 ? text.slice(from) : text.slice(from, to));
        if (to < 0) break;
        from = to + 1;
      }
      rest = Buffer.from(buffer.subarray(end + 1, read));
    }
  } finally {
    closeSync(fd);
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

function select(line: string, selection: HistorySelection, take: (record: KeptRecord) => void): void {
  const { since = null, until = null, kinds = null } = selection;
  if (line === '' || !isWanted(line, kinds)) return;
  const record = parsed(line);
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
