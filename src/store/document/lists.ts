/** The lists of slots.yaml, with the codec and the id of their records. */
import type { Lease } from '../../core/model/lease.ts';
import type { QueueEntry } from '../../core/model/queue-entry.ts';
import type { Session } from '../../core/model/session.ts';
import { ShapeError } from '../../core/shape.ts';
import { BUDGET, type BudgetRecord, budgetByName, budgetId } from './budget-records.ts';
import { type Codec, readUnder } from './codec.ts';
import { emptyList, type RecordList, readRecordList, updateRecords } from './record-list.ts';
import { ENTRY, LEASE } from './records.ts';
import { SESSION } from './session-records.ts';
import { usualLeaseReader } from './usual-lease.ts';
import { readListComments, readYaml } from './yaml-library.ts';

interface ListKind<T> {
  readonly key: string;
  readonly codec: Codec<T>;
  readonly idOf: (record: T) => string;
  /** A quicker reader of the usual line; null for any other line. */
  readonly usualReader?: () => (line: string) => T | null;
  /** Reads one entry of a map by name, which a person may write instead of a list. */
  readonly byName?: (name: string, value: unknown) => T;
}

export const LEASES: ListKind<Lease> = {
  key: 'leases',
  codec: LEASE,
  idOf: ({ id }) => id,
  usualReader: usualLeaseReader,
};
export const QUEUE: ListKind<QueueEntry> = { key: 'queue', codec: ENTRY, idOf: ({ ticket }) => ticket };
export const BUDGETS: ListKind<BudgetRecord> = {
  key: 'budgets',
  codec: BUDGET,
  idOf: budgetId,
  byName: budgetByName,
};
export const SESSIONS: ListKind<Session> = { key: 'sessions', codec: SESSION, idOf: ({ id }) => id };

const readAt = <T>({ key }: ListKind<T>, at: string | number, read: () => T): T =>
  readUnder(key, () => readUnder(at, read));

const lineOf = <T>({ codec }: ListKind<T>, record: T): string => JSON.stringify(codec.write(record));
const recordLine = <T>(kind: ListKind<T>, record: T) => ({ text: `  - ${lineOf(kind, record)}`, record });

/** Reads a list in our own layout; null in another layout. Unchanged lines of `previous` are reused with their records. */
export function readList<T>(kind: ListKind<T>, text: string, previous: RecordList<T> | null): RecordList<T> | null {
  const read = (value: unknown, at: number): T => readAt(kind, at, () => kind.codec.read(value));
  return readRecordList(kind.key, text, read, kind.usualReader?.() ?? (() => null), previous);
}

/** Reads a list in another layout, with its comments; the next write puts it into our layout. */
export async function foreignList<T>(
  path: string,
  kind: ListKind<T>,
  text: string,
  value: unknown,
): Promise<RecordList<T>> {
  const { key, codec, byName } = kind;
  if (value === null) return emptyList(key);
  if (byName !== undefined && typeof value === 'object' && !Array.isArray(value)) {
    const named = Object.entries(value as object).map(([name, item]) => readAt(kind, name, () => byName(name, item)));
    return emptyList(
      key,
      named.map((record) => recordLine(kind, record)),
    );
  }
  if (!Array.isArray(value)) throw new ShapeError([key], 'a list', value);
  const { head, items, tail } = await readListComments(path, key, text);
  const comments = (texts: readonly string[]) => texts.map((comment) => ({ text: `  ${comment}`, record: null }));
  const lines = value.flatMap((item, at) => {
    const record = readAt(kind, at, () => codec.read(item));
    return [...comments(items[at] ?? []), recordLine(kind, record)];
  });
  return emptyList(key, [...comments(head), ...lines, ...comments(tail)]);
}

const KINDS = [LEASES, QUEUE, BUDGETS, SESSIONS] as readonly ListKind<unknown>[];

/** Reads lines of the list `key` as the next command would. Throws ShapeError or ExpectedError 65. */
export async function readLines(path: string, key: string, lines: readonly string[]): Promise<void> {
  const kind = KINDS.find((one) => one.key === key);
  if (kind === undefined || lines.length === 0) return;
  const text = `${key}:\n${lines.join('\n')}\n`;
  if (readList(kind, text, null) === null) await foreignList(path, kind, text, (await readYaml(path, text))[key]);
}

/** Puts these records into a list. */
export const updateList = <T>(kind: ListKind<T>, list: RecordList<T>, records: readonly T[]) =>
  updateRecords(list, records, kind.idOf, (record) => lineOf(kind, record));
