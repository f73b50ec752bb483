/**
 * Reads the history in chunks, so that a million events need no more memory than a thousand. Records
 * of other kinds are skipped without parsing. Lines cut off by a full disk are skipped too.
 */

import { closeSync, existsSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, type Instant } from '../../core/model/instants.ts';
import type { KeptRecord } from '../../core/model/record.ts';
import { EXIT, ExpectedError, errnoOf, systemError } from '../../errors.ts';
import { OTHERS_WRITE, openFolder, pathOfOpen, STICKY } from '../../files/open-folder.ts';
import { MOST_BYTES, type OpenedFile, openRegular } from '../../files/regular-file.ts';
import type { HistoryReader, HistorySelection } from '../../ports/history.ts';
import { type HistoryFile, historyFiles } from './history.ts';
import { HISTORY_FOLDER } from './names.ts';
import { openBelieved, type UserFile, userFiles } from './shared-history.ts';

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

/** The whole lines of an opened file, a chunk at a time. */
function* textsOf({ fd }: OpenedFile): Generator<string> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** Beginning of a line in the chunks before; its parts are dropped once it is too long. */
  let parts: Buffer[] = [];
  let begun = 0;
  for (;;) {
    const read = readSync(fd, buffer, 0, CHUNK_BYTES, null);
    if (read === 0) return;
    const chunk = buffer.subarray(0, read);
    // A chunk may end inside a multi-byte character; a line never does.
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end >= 0) {
      const isTooLong = begun > LONGEST_LINE_BYTES;
      const whole = chunk.subarray(isTooLong ? chunk.indexOf(LINE_FEED) : 0, end);
      yield Buffer.concat(isTooLong ? [whole] : [...parts, whole]).toString('utf8');
      parts = [];
      begun = 0;
    }
    const rest = chunk.subarray(end + 1);
    begun += rest.length;
    if (begun > LONGEST_LINE_BYTES) parts = [];
    else parts.push(Buffer.from(rest));
  }
}

/** Calls back with each line of the file, without its line feed. */
function eachLine(path: string, take: (line: string) => void): void {
  const file = openFile(path);
  if (file === null) return;
  try {
    for (const text of textsOf(file))
      for (let from = 0; from <= text.length; ) {
        const to = text.indexOf('\n', from);
        take(to < 0 ? text.slice(from) : text.slice(from, to));
        if (to < 0) break;
        from = to + 1;
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

/** The record in a line, if it is selected. */
function recordIn(line: string, selection: HistorySelection): KeptRecord | null {
  const { since = null, until = null, kinds = null } = selection;
  if (line === '') return null;
  let record = isWanted(line, kinds) ? parsed(line) : null;
  if (record === null) {
    const last = lastIn(line);
    if (last.length < line.length && isWanted(last, kinds)) record = parsed(last);
  }
  const isOutside = record !== null && ((since !== null && record.at < since) || (until !== null && record.at > until));
  return isOutside ? null : record;
}

/** Selected records of one user's parts of a day, in their order; `uid` is that of the owner, whatever a record says. */
function* recordsOf(folder: string, parts: readonly UserFile[], selection: HistorySelection): Generator<KeptRecord> {
  for (const part of parts) {
    const file = openBelieved(folder, part);
    if (file === null) continue;
    try {
      for (const text of textsOf(file))
        for (const line of text.split('\n')) {
          const record = recordIn(line, selection);
          if (record !== null) yield { ...record, uid: file.uid };
        }
    } finally {
      closeSync(file.fd);
    }
  }
}

/** The records of all users of a day, the oldest first. */
function merge(sources: readonly Generator<KeptRecord>[], take: (record: KeptRecord) => void): void {
  const heads = sources.flatMap((source) => {
    const { value, done } = source.next();
    return done ? [] : [{ source, record: value }];
  });
  while (heads.length > 0) {
    let [first] = heads;
    for (const head of heads) if (first === undefined || head.record.at < first.record.at) first = head;
    if (first === undefined) return;
    take(first.record);
    const { value, done } = first.source.next();
    if (done) heads.splice(heads.indexOf(first), 1);
    else first.record = value;
  }
}

/** Records of all users, merged by time. Throws ExpectedError 77 for a folder that this user may not read. */
function eachOfAll(path: string, selection: HistorySelection, take: (record: KeptRecord) => void): void {
  let fd: number | null;
  try {
    fd = openFolder(path);
  } catch (error) {
    throw systemError('read', path, error);
  }
  if (fd === null) return;
  try {
    const folder = pathOfOpen(fd, path);
    const files = userFiles(folder).filter(({ day }) => mayHold(day, selection));
    for (const day of new Set(files.map((file) => file.day))) {
      const ofDay = files.filter((file) => file.day === day);
      const users = [...new Set(ofDay.map(({ uid }) => uid))];
      const parts = users.map((uid) => ofDay.filter((file) => file.uid === uid));
      merge(
        parts.map((of) => recordsOf(folder, of, selection)),
        take,
      );
    }
  } finally {
    closeSync(fd);
  }
}

function mayHold(day: string, { since = null, until = null }: HistorySelection): boolean {
  const begins = Date.parse(`${day}T00:00:00Z`);
  return (since === null || begins + DAY_MS >= since) && (until === null || begins <= until);
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
  const each =
    (path: string): HistoryReader['each'] =>
    (selection, take) =>
      eachLine(path, (line) => {
        const record = recordIn(line, selection);
        if (record !== null) take(record);
      });
  if (isFile) return { each: each(source) };
  return {
    each(selection, take) {
      if (isOfMany(source, folder)) eachOfAll(folder, selection, take);
      else for (const { name, day } of files()) if (mayHold(day, selection)) each(join(folder, name))(selection, take);
    },
  };
}

const modeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mode ?? 0;

/** True for the history of a state, or the folder of a history, in which several users may write. */
const isOfMany = (source: string, folder: string): boolean =>
  folder === source ? (modeOf(folder) & STICKY) !== 0 : (modeOf(source) & OTHERS_WRITE) !== 0;
