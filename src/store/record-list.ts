/**
 * A list of records with one record a line (`  - {"id":"L7",…}`): read without a YAML library, written by keeping
 * every line of what did not change. Comment lines between records stay where they are.
 */
import { parseOwnJson } from './own-json.ts';

export interface RecordLine<T> {
  /** The line as it stands, without its line feed. */
  readonly text: string;
  /** Null for a comment or an empty line. */
  readonly record: T | null;
}

export interface RecordList<T> {
  readonly key: string;
  /** The comment behind the key, if any. */
  readonly note: string;
  readonly lines: readonly RecordLine<T>[];
}

const HEAD = /^[a-z_]+:(?: \[\])?( *(?: #.*)?)$/;
const RECORD = /^ *- (\{.*\})$/;
const TRIVIA = /^ *(?:#.*)?$/;

/**
 * The list that a section's text is, or null when some line is not as we write it. Lines of `previous` that stand
 * unchanged are taken over with their records.
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
  const known = previous === null ? null : new Map(previous.lines.map((line) => [line.text, line]));
  const lines: RecordLine<T>[] = [];
  let count = 0;
  for (const text of rest) {
    const same = known?.get(text);
    const usual = same ? null : fromUsualLine(text);
    const json = same || usual !== null ? undefined : RECORD.exec(text)?.[1];
    if (same) lines.push(same);
    else if (usual !== null) lines.push({ text, record: usual });
    else if (json !== undefined) {
      const value = parseOwnJson(json);
      if (value === undefined) return null;
      lines.push({ text, record: fromRecord(value, count) });
    } else if (TRIVIA.test(text)) lines.push({ text, record: null });
    else return null;
    if (lines.at(-1)?.record !== null) count += 1;
  }
  if (head.includes('[]') && count > 0) return null;
  return { key, note: note.trim(), lines };
}

export const recordsOf = <T>(list: RecordList<T>): T[] =>
  list.lines.flatMap(({ record }) => (record === null ? [] : [record]));

/**
 * The list with these records. Records keep their place and, when `same`, their very line; new ones go behind the
 * last record.
 */
export function updateRecords<T>(
  list: RecordList<T>,
  next: readonly T[],
  idOf: (record: T) => string,
  lineOf: (record: T) => string,
): RecordList<T> {
  const lines: RecordLine<T>[] = [];
  let lastRecord = 0;
  // Most of a long list stands as it was, in the order in which it was.
  let same = 0;
  let from = 0;
  for (const line of list.lines) {
    if (line.record !== null && line.record !== next[same]) break;
    lines.push(line);
    from += 1;
    if (line.record === null) continue;
    same += 1;
    lastRecord = from;
  }
  const waiting = new Map(next.slice(same).map((record) => [idOf(record), record]));
  for (const line of list.lines.slice(from)) {
    if (line.record === null) {
      lines.push(line);
      continue;
    }
    const id = idOf(line.record);
    const record = waiting.get(id);
    if (record === undefined) continue;
    waiting.delete(id);
    lines.push(record === line.record ? line : { text: `  - ${lineOf(record)}`, record });
    lastRecord = lines.length;
  }
  const added = [...waiting.values()].map((record) => ({ text: `  - ${lineOf(record)}`, record }));
  lines.splice(lastRecord, 0, ...added);
  return { ...list, lines };
}

/** The section's text, with its line feeds. */
export function recordListText<T>({ key, note, lines }: RecordList<T>): string {
  const isEmpty = !lines.some(({ record }) => record !== null);
  const head = `${key}:${isEmpty ? ' []' : ''}${note === '' ? '' : ` ${note}`}\n`;
  return lines.length === 0 ? head : `${head}${lines.map(({ text }) => text).join('\n')}\n`;
}
