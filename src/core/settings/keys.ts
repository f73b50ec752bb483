/** The table of settings by key, for `config list`, `get` and `set`. */
import { nearest } from '../nearest.ts';
import type { RawMap } from '../shape.ts';
import { text } from './kinds.ts';
import { type Node, type Row, type Rows, row } from './rows.ts';
import { SETTINGS, unknownKeys } from './settings.ts';
import { SLOTS_ROWS } from './slots-file.ts';

/** One setting in force. */
export interface ConfigEntry {
  /** `budget.on_stop`: the path with dots. */
  readonly key: string;
  readonly path: readonly string[];
  /** In the form of the file. */
  readonly value: unknown;
  readonly origin: 'default' | 'file';
}

const ROOT: Node = { key: '', rows: SETTINGS };

const below = (raw: unknown, key: string): unknown =>
  raw !== null && typeof raw === 'object' && Object.hasOwn(raw, key) ? (raw as RawMap)[key] : undefined;

/** The value at `path`, or undefined. */
const valueAt = (raw: unknown, path: readonly string[]): unknown => path.reduce(below, raw);

function entriesBelow(node: Node, raw: unknown, path: readonly string[]): readonly ConfigEntry[] {
  const origin = raw === undefined || raw === null ? 'default' : 'file';
  const inner = (name: string, child: Node) => entriesBelow(child, below(raw, name), [...path, name]);
  if ('rows' in node) return Object.values(node.rows).flatMap((child) => inner(child.key, child));
  const names = 'item' in node ? Object.keys(raw ?? {}) : [];
  if ('item' in node && names.length > 0) return names.flatMap((name) => inner(name, node.item));
  const initial = 'item' in node ? {} : node.initial;
  return [{ key: path.join('.'), path, value: origin === 'default' ? initial : raw, origin }];
}

/** Every setting with its value in `values`, a configuration, or its default; the file's unknown keys come last. */
export function entriesOf(values: RawMap): readonly ConfigEntry[] {
  const others = unknownKeys(values).map(
    (key): ConfigEntry => ({ key, path: [key], value: values[key], origin: 'file' }),
  );
  return [...entriesBelow(ROOT, values, []), ...others];
}

/**
 * The value of a typed text. `parsed` is the same text as YAML reads it, where 50.000 is the number 50: as a whole number
 * it may be meant as fifty thousand, and as a size in bytes it has no fraction, so both stay texts and are refused.
 */
export function typedFor({ node }: Place, text: string, parsed: unknown): unknown {
  if (!('kind' in node)) return parsed;
  return node.kind.isWhole && /^\d+\.\d*$/.test(text) ? text : (node.kind.typed?.(text) ?? parsed);
}

export interface Place {
  readonly path: readonly string[];
  readonly node: Node;
}

/** A name that a user chose may contain dots, if a known key follows it. */
function placeBelow(node: Node, parts: readonly string[]): Place | null {
  const inside = (path: readonly string[], place: Place | null): Place | null =>
    place && { ...place, path: [...path, ...place.path] };
  const [first] = parts;
  if (first === undefined) return { path: [], node };
  if ('rows' in node) {
    const child = Object.values<Node>(node.rows).find(({ key }) => key === first);
    return child === undefined ? null : inside([first], placeBelow(child, parts.slice(1)));
  }
  if ('kind' in node)
    return node.kind.below === undefined ? null : { path: [parts.join('.')], node: row('', text, null, '') };
  const { item } = node;
  if ('kind' in item) return { path: [parts.join('.')], node: item };
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const place = placeBelow(item, parts.slice(length));
    if (place !== null) return inside([parts.slice(0, length).join('.')], place);
  }
  return parts.length === 1 ? { path: parts, node: item } : null;
}

/** The place of a typed key: a setting or a section. Null for an unknown key. */
export function placeOf(key: string): Place | null {
  const parts = key.split('.');
  return parts.some((part) => part === '' || part === '__proto__') ? null : placeBelow(ROOT, parts);
}

/** The value in force at a place: of one setting, or a map of all settings below it. */
export function valueIn(values: RawMap, { path, node }: Place): Pick<ConfigEntry, 'value' | 'origin'> {
  const entries = entriesBelow(node, valueAt(values, path), path);
  const origin = entries.some((entry) => entry.origin === 'file') ? 'file' : 'default';
  let value: unknown;
  for (const entry of entries) value = withValue(value, entry.path.slice(path.length), entry.value);
  return { value, origin };
}

function withValue(map: unknown, [first, ...rest]: readonly string[], value: unknown): unknown {
  return first === undefined ? value : { ...(map as RawMap), [first]: withValue(below(map, first), rest, value) };
}

/** A row with its key; names that a user chooses are in capitals. */
export interface KeyedRow {
  readonly key: string;
  readonly row: Row<unknown>;
}

export const keyedRows = (rows: Rows): readonly KeyedRow[] => keyedBelow({ key: '', rows }, '');

function keyedBelow(node: Node, key: string): readonly KeyedRow[] {
  const inner = (name: string, child: Node) => keyedBelow(child, key === '' ? name : `${key}.${name}`);
  if ('rows' in node) return Object.values<Node>(node.rows).flatMap((child) => inner(child.key, child));
  return 'item' in node ? inner(node.name, node.item) : [{ key, row: node }];
}

/** The hint for a key that config.yaml does not have. */
export function hintFor(key: string): string {
  const [, name = ''] = key.split('.');
  const keys = keyedRows(SETTINGS).map((known) => known.key.replace(/PROJECT|FOLDER/, name || '$&'));
  const meant = keys.find((known) => known.endsWith(`.${key}`)) ?? nearest(key, keys);
  if (key === SLOTS_ROWS.maxSlots.key) return 'the size of the pool is no setting; change it like: set-max 10';
  if (keyedRows(SLOTS_ROWS).some((known) => known.key === key)) return `${key} is a key of slots.yaml; edit it there`;
  return meant === null ? 'all settings: resource-manager config list' : `did you mean ${meant}?`;
}

const SLOTS_KEYS = [
  ...Object.values<Node>(SLOTS_ROWS).map(({ key }) => key),
  ...keyedRows(SLOTS_ROWS).map(({ key }) => key),
];
const LIMITS = `${SLOTS_ROWS.vmLimits.key}.`;

/** The hint for a key of slots.yaml, like `vm_limits.max_load`, that has no effect; null for a key of the user's own. */
export function hintForSlots(key: string): string | null {
  if (SLOTS_KEYS.includes(key)) return null;
  if (placeOf(key) !== null) return `${key} is a setting of config.yaml; move it there`;
  const beside = SLOTS_KEYS.filter((known) => known.startsWith(LIMITS) === key.startsWith(LIMITS));
  const meant =
    SLOTS_KEYS.find((known) => known === LIMITS + key || known.startsWith(`${key}_`)) ?? nearest(key, beside);
  if (meant !== null) return `did you mean ${meant}?`;
  return key.startsWith(LIMITS) ? `limits: ${beside.join(', ')}` : null;
}
