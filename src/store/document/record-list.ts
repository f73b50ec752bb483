/**
 * A list with one record a line (`  - {"id":"L7",…}`). Reading needs no YAML library; writing keeps unchanged lines, and
 * comment lines between records stay in place.
 */
import { parseOwnJson } from './own-json.ts';

export interface RecordLine<T> {
  /** The line without its line feed. */
  readonly text: string;
  /** Null for a comment or an empty line. */
  readonly record: T | null;
}

export interface RecordList<T> {
  readonly key: string;
  /** The comment after the key, if any. */
  readonly note: string;
  readonly lines: readonly RecordLine<T>[];
  /** Text of the section, if it consists of exactly these lines; null while the file has another layout. */
  readonly text: string | null;
}

export const emptyList = <T>(key: string, lines: readonly RecordLine<T>[] = []): RecordList<T> => ({
  key,
  note: '',
  lines,
  text: null,
});

const HEAD = /^[a-z_]+:(?: \[\])?( *(?: #.*)?)$/;
const RECORD = /^ *- (\{.*\})$/;
const TRIVIA = /^ *(?:#.*)?$/;

/**
 * Reads a section's text as a list; null if a line is not in our layout. Unchanged lines of `previous` are reused with
 * their records.
 */
export function readRecordList<T>(
  key: string,
  text: string,
  fromRecord: (value: unknown, at: number) => T,
  fromUsualLine: (line: string) => T | null,
  previous: RecordList<T> | null,
): RecordList<T> | null {
  const [head = '', ...rest] = text.split('\n');
  const note = HEAD.exec(head)?.[1];
  if (note === undefined) return null;
  rest.pop();
  const knownAs = linesKnown(previous);
  const lines: RecordLine<T>[] = [];
  let count = 0;
  for (const line of rest) {
    const known = knownAs(line);
    const usual = known ? null : fromUsualLine(line);
    const json = known || usual !== null ? undefined : RECORD.exec(line)?.[1];
    if (known) lines.push(known);
    else if (usual !== null) lines.push({ text: line, record: usual });
    else if (json !== undefined) {
      const value = parseOwnJson(json);
      if (value === undefined) return null;
      lines.push({ text: line, record: fromRecord(value, count) });
    } else if (TRIVIA.test(line)) lines.push({ text: line, record: null });
    else return null;
    if (lines.at(-1)?.record !== null) count += 1;
  }
  if (head.includes('[]') && count > 0) return null;
  return { key, note: note.trim(), lines, text };
}

/** After this many unknown lines in a row, an index of all lines is made. */
const NEAR = 8;

/** Finds lines of the list by their text. Most keep their order, so the next `NEAR` lines are searched first. */
function linesKnown<T>(list: RecordList<T> | null): (text: string) => RecordLine<T> | undefined {
  const lines = list?.lines ?? [];
  let next = 0;
  let unknown = 0;
  let byText: Map<string, RecordLine<T>> | null = null;
  return (text) => {
    const end = Math.min(next + NEAR, lines.length);
    for (let at = next; at < end; at += 1) {
      const line = lines[at] as RecordLine<T>;
      if (line.text !== text) continue;
      next = at + 1;
      unknown = 0;
      return line;
    }
    unknown += 1;
    if (unknown < NEAR) return undefined;
    byText ??= new Map(lines.map((line) => [line.text, line]));
    return byText.get(text);
  };
}

export function recordsOf<T>({ lines }: RecordList<T>): T[] {
  const records: T[] = [];
  for (const { record } of lines) if (record !== null) records.push(record);
  return records;
}

export interface UpdatedList<T> extends RecordList<T> {
  readonly text: string;
  /** Lines that the list did not have before. */
  readonly written: readonly string[];
}

/**
 * The list with these records. Records keep their place and, if unchanged, their line; new ones follow the last one.
 */
export function updateRecords<T>(
  list: RecordList<T>,
  next: readonly T[],
  idOf: (record: T) => string,
  lineOf: (record: T) => string,
): UpdatedList<T> {
  const texts: string[] = [];
  const written = (record: T): RecordLine<T> => {
    const text = `  - ${lineOf(record)}`;
    texts.push(text);
    return { text, record };
  };
  const lines: RecordLine<T>[] = [];
  let lastRecord = 0;
  // Most of a long list is unchanged and in the same order.
  let kept = 0;
  let from = 0;
  for (const line of list.lines) {
    const present = line.record;
    if (present === null) lines.push(line);
    else {
      const record = next[kept];
      if (record === undefined) break;
      if (present === record) lines.push(line);
      else if (idOf(present) === idOf(record)) lines.push(written(record));
      else break;
      kept += 1;
      lastRecord = lines.length;
    }
    from += 1;
  }
  const waiting = new Map(next.slice(kept).map((record) => [idOf(record), record]));
  for (const line of list.lines.slice(from)) {
    if (line.record === null) {
      lines.push(line);
      continue;
    }
    const id = idOf(line.record);
    const record = waiting.get(id);
    if (record === undefined) continue;
    waiting.delete(id);
    lines.push(record === line.record ? line : written(record));
    lastRecord = lines.length;
  }
  lines.splice(lastRecord, 0, ...[...waiting.values()].map(written));
  return { ...list, lines, text: sectionText(list, lines), written: texts };
}

const hasRecord = ({ record }: RecordLine<unknown>): boolean => record !== null;

/** The section's text with these lines. The text before the first change and after the last one is reused. */
function sectionText<T>({ key, note, lines: before, text }: RecordList<T>, lines: readonly RecordLine<T>[]): string {
  const isEmpty = !lines.some(hasRecord);
  const head = `${key}:${isEmpty ? ' []' : ''}${note === '' ? '' : ` ${note}`}\n`;
  const joined = (part: readonly RecordLine<T>[]): string => part.map((line) => `${line.text}\n`).join('');
  if (text === null || isEmpty || !before.some(hasRecord)) return head + joined(lines);

  const most = Math.min(before.length, lines.length);
  let start = 0;
  let startsAt = text.indexOf('\n') + 1;
  while (start < most && before[start] === lines[start]) startsAt += (before[start++] as RecordLine<T>).text.length + 1;
  let end = 0;
  let endsAt = text.length;
  while (end < most - start && before.at(-1 - end) === lines.at(-1 - end))
    endsAt -= (before.at(-1 - end++) as RecordLine<T>).text.length + 1;
  return text.slice(0, startsAt) + joined(lines.slice(start, lines.length - end)) + text.slice(endsAt);
}
