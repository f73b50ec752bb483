/**
 * A table of settings is an object. Its fields are the fields of the parsed settings; each value gives the key in the file,
 * the kind, the default and the meaning. Types, parsing, `config list`, the template and the reference all come from it.
 */
import { asMap, type Path, type RawMap, ShapeError } from '../shape.ts';
import type { Kind } from './kinds.ts';

/** One setting. */
export interface Row<T> {
  readonly key: string;
  readonly kind: Kind<T>;
  /** The default in the form of the file; null if `otherwise` describes it. */
  readonly initial: unknown;
  readonly otherwise: string | null;
  /** One or two sentences for the user. */
  readonly meaning: string;
}

/** Settings below one key. */
export interface SectionRow<R extends Rows> {
  readonly key: string;
  readonly rows: R;
  /** Throws ShapeError where values contradict each other. */
  check?(values: Values<R>, path: Path): void;
}

/** A map below one key with keys that the user chooses; each holds a setting or a section. */
export interface Each<K, N extends Node> {
  readonly key: string;
  /** Placeholder of the user's keys, in capitals. */
  readonly name: string;
  readonly keyOf: (name: string, path: Path) => K;
  readonly item: N;
}

export type Node = Row<unknown> | SectionRow<Rows> | Each<unknown, Node>;
export type Rows = { readonly [field: string]: Node };

/** The parsed value of a node. */
type Value<N> =
  N extends Row<infer T>
    ? T
    : N extends Each<infer K, infer I>
      ? ReadonlyMap<K, Value<I>>
      : N extends SectionRow<infer R>
        ? Values<R>
        : never;

/** The parsed values of a table. */
export type Values<R> = { readonly [F in keyof R]: Value<R[F]> };

export const row = <T>(key: string, kind: Kind<T>, initial: unknown, meaning: string): Row<T> => ({
  key,
  kind,
  initial,
  otherwise: null,
  meaning,
});

/** A setting that is null when absent from the file; `otherwise` describes the default. */
export const rowOrNull = <T>(key: string, kind: Kind<T>, otherwise: string, meaning: string): Row<T | null> => ({
  key,
  kind,
  initial: null,
  otherwise,
  meaning,
});

const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;

function defaultOf(node: Node): unknown {
  if ('rows' in node) return defaultsOf(node.rows);
  if ('item' in node) return new Map();
  return node.initial === null ? null : node.kind.read(node.initial, [node.key]);
}

/** The values of an empty file. */
export function defaultsOf<R extends Rows>(rows: R): Values<R> {
  const defaults: Record<string, unknown> = {};
  for (const field of Object.keys(rows)) defaults[field] = defaultOf(rows[field] as Node);
  return defaults as Values<R>;
}

function readSection<R extends Rows>({ rows, check }: SectionRow<R>, value: unknown, path: Path, defaults: Values<R>) {
  const map = asMap(value, path);
  const known = Object.values(rows).map(({ key }) => key);
  for (const key of Object.keys(map))
    if (!known.includes(key)) throw new ShapeError([...path, key], `one of ${known.join(', ')}`, key);
  const read = readRows(rows, map, path, defaults);
  check?.(read, path);
  return read;
}

function readEach({ name: noun, keyOf, item }: Each<unknown, Node>, value: unknown, path: Path) {
  const read = new Map<unknown, unknown>();
  const defaults = defaultOf(item);
  for (const [name, inner] of Object.entries(asMap(value, path))) {
    const at = [...path, name];
    const key = keyOf(name, at);
    if (read.has(key)) throw new ShapeError(at, `each ${noun.toLowerCase()} once, however spelled`, name);
    read.set(key, readNode(item, inner, at, defaults));
  }
  return read;
}

function readNode(node: Node, value: unknown, path: Path, defaults: unknown): unknown {
  if ('rows' in node) return readSection(node, value, path, defaults as Values<Rows>);
  return 'item' in node ? readEach(node, value, path) : node.kind.read(value, path);
}

/** The settings in `map`, which is found at `path`. Throws ShapeError for an invalid value or an unknown key. */
export function readRows<R extends Rows>(rows: R, map: RawMap, path: Path, defaults: Values<R>): Values<R> {
  const read: Record<string, unknown> = {};
  for (const field of Object.keys(rows)) {
    const node = rows[field] as Node;
    const value = map[node.key];
    read[field] = isNothing(value) ? defaults[field] : readNode(node, value, [...path, node.key], defaults[field]);
  }
  return read as Values<R>;
}
