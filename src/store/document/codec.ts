/**
 * Codecs for the records of slots.yaml. A record is a table that names each key once, in the order of the file, with the
 * codec of its value. Reading throws ShapeError with the path from the record to the faulty value.
 */
import type { Instant } from '../../core/model/instants.ts';
import type { Path, RawMap } from '../../core/shape.ts';
import { asCount, asInstantMs, asList, asMap, asNumber, asText, extraKeys, ShapeError } from '../../core/shape.ts';

export interface Codec<T> {
  readonly read: (value: unknown) => T;
  /** Undefined leaves the key out. */
  readonly write: (value: T) => unknown;
}

const HERE: Path = [];
const isNone = (value: unknown): value is null | undefined => value === null || value === undefined;
const asIs = <T>(read: (value: unknown) => T): Codec<T> => ({ read, write: (value) => value });

export const text = <T extends string = string>(): Codec<T> => asIs((value) => asText(value, HERE) as T);
/** A text; a number or word without quotes is taken as text. */
export const words: Codec<string> = asIs((value) => String(value));
export const number: Codec<number> = asIs((value) => asNumber(value, HERE));
/** A whole number from `least` to a million. */
export const count = (least = 0): Codec<number> => asIs((value) => asCount(value, HERE, least));
export const bigCount = (least = 0, most: number = Number.MAX_SAFE_INTEGER): Codec<number> =>
  asIs((value) => asCount(value, HERE, least, most));
export const time: Codec<Instant> = {
  read: (value) => asInstantMs(value, HERE) as Instant,
  write: (at) => new Date(at).toISOString(),
};
/** True; false is left out. */
export const flag: Codec<boolean> = { read: (value) => value === true, write: (value) => value || undefined };

/** A value that passes a check; `expected` describes a sound value. */
export const checked = <T>({ read, write }: Codec<T>, isSound: (value: T) => boolean, expected: string): Codec<T> => ({
  read(value) {
    const found = read(value);
    if (!isSound(found)) throw new ShapeError(HERE, expected, value);
    return found;
  },
  write,
});

/** A text that `parse` understands, such as an amount with its unit; it returns null for other texts. */
export const parsed = <T>(parse: (text: string) => T | null, expected: string): Codec<T> =>
  asIs<T>((value) => {
    const found = parse(String(value));
    if (found === null) throw new ShapeError(HERE, expected, value);
    return found;
  });

export const oneOf = <T extends string>(names: readonly T[]): Codec<T> =>
  asIs((value) => {
    const found = names.find((name) => name === value);
    if (found === undefined) throw new ShapeError(HERE, `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`, value);
    return found;
  });

/** A missing value is null; null is written. */
export const orNull = <T>({ read, write }: Codec<T>): Codec<T | null> => ({
  read: (value) => (isNone(value) ? null : read(value)),
  write: (value) => (value === null ? null : write(value)),
});

/** A missing value means `as`; a usual value is left out. */
export const usual = <T>({ read, write }: Codec<T>, as: T, isUsual = (value: T) => value === as): Codec<T> => ({
  read: (value) => (isNone(value) ? as : read(value)),
  write: (value) => (isUsual(value) ? undefined : write(value)),
});

/** Null is left out. */
export const optional = <T>({ read, write }: Codec<T>): Codec<T | null> => ({
  read: (value) => (isNone(value) ? null : read(value)),
  write: (value) => (value === null ? undefined : write(value)),
});

/** Calls `read` for the value under `key`, and adds the key to the path of its ShapeError. */
export function readUnder<T>(key: string | number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ShapeError ? error.under(key) : error;
  }
}

export const list = <T>({ read, write }: Codec<T>): Codec<readonly T[]> => ({
  read: (value) => asList(value, HERE).map((item, n) => readUnder(n, () => read(item))),
  write: (items) => items.map(write),
});

/** A list; left out if it is empty. */
export const listed = <T>(codec: Codec<T>): Codec<readonly T[]> =>
  usual<readonly T[]>(list(codec), [], ({ length }) => length === 0);

/** A map with a person's keys. */
export const mapOf = <T>(key: Codec<string>, { read, write }: Codec<T>): Codec<ReadonlyMap<string, T>> => ({
  read: (value) =>
    new Map(
      Object.entries(asMap(value, HERE)).map(([name, item]) => readUnder(name, () => [key.read(name), read(item)])),
    ),
  write: (items) => Object.fromEntries([...items].map(([name, item]) => [name, write(item)])),
});

type Fields<T> = { readonly [Name in keyof T]-?: readonly [key: string, codec: Codec<T[Name]>] };

export interface RecordCodec<T> extends Codec<T> {
  /** In the order of the file. */
  readonly keys: readonly string[];
  readonly write: (value: T) => Record<string, unknown>;
}

export function record<T extends object>(fields: Fields<T>): RecordCodec<T> {
  const table = Object.entries(fields as Fields<Record<string, unknown>>).map(([name, [key, codec]]) => ({
    name: name as keyof T,
    key,
    codec,
  }));
  return {
    keys: table.map(({ key }) => key),
    read(value) {
      const map = asMap(value, HERE);
      const made: Partial<Record<keyof T, unknown>> = {};
      for (const { name, key, codec } of table) made[name] = readUnder(key, () => codec.read(map[key]));
      return made as T;
    },
    write(value) {
      const made: Record<string, unknown> = {};
      for (const { name, key, codec } of table) {
        const written = codec.write(value[name]);
        if (written !== undefined) made[key] = written;
      }
      return made;
    },
  };
}

/** A record that keeps unknown keys in `extra`. */
export function openRecord<T extends { readonly extra: RawMap }>(fields: Fields<Omit<T, 'extra'>>): RecordCodec<T> {
  const { read, write, keys } = record(fields);
  const known = new Set(keys);
  return {
    keys,
    read: (value) => Object.assign(read(value), { extra: extraKeys(value as RawMap, known) }) as T,
    write: (value) => Object.assign(write(value), value.extra),
  };
}
