/** Reading values of unknown shape: each reader names the place and what was expected there. */

export type Path = readonly (string | number)[];

/** A value that is not of the form the file format wants. Lines and columns are found for it later, by its path. */
export class ShapeError extends Error {
  readonly path: Path;
  readonly #expected: string;
  readonly #got: unknown;

  constructor(path: Path, expected: string, got: unknown) {
    super(`${pathText(path)}: expected ${expected}, got ${describe(got)}`);
    this.name = 'ShapeError';
    this.path = path;
    this.#expected = expected;
    this.#got = got;
  }

  /** The same error, said of the map or list that holds the value under `key`. */
  under(key: string | number): ShapeError {
    return new ShapeError([key, ...this.path], this.#expected, this.#got);
  }
}

const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    '',
  );

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a map';
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}

export type RawMap = Readonly<Record<string, unknown>>;

export function asMap(value: unknown, path: Path): RawMap {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new ShapeError(path, 'a map', value);
  return value as RawMap;
}

export function asList(value: unknown, path: Path): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new ShapeError(path, 'a list', value);
  return value;
}

/** A whole number from `least` to `most`. */
export function asCount(value: unknown, path: Path, least = 0, most = 1_000_000): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw new ShapeError(path, `a whole number from ${least} ${most === 1_000_000 ? 'up' : `to ${most}`}`, value);
  }
  return value;
}

export function asNumber(value: unknown, path: Path): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ShapeError(path, 'a number', value);
  return value;
}

export function asText(value: unknown, path: Path): string {
  if (typeof value !== 'string' || value === '') throw new ShapeError(path, 'a text', value);
  return value;
}

/** Instants stand in the file as ISO 8601 in UTC; milliseconds since the epoch come back. */
export function asInstantMs(value: unknown, path: Path): number {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw new ShapeError(path, 'a time like 2026-01-31T12:00:00.000Z', value);
  return ms;
}

/** No file may be nested deeper. */
const DEEPEST = 100;

/** Throws ShapeError for `.inf` and `.nan`, which a record in JSON cannot hold, and for a value that is nested too deep. */
function requireWritable(value: unknown, path: Path): void {
  if (path.length > DEEPEST) throw new ShapeError(path.slice(0, 1), `at most ${DEEPEST} levels`, value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new ShapeError(path, 'a finite number', value);
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) requireWritable(inner, [...path, key]);
}

/** The keys of `map` that are not in `known`, for carrying them through a rewrite. Throws ShapeError for one that cannot be rewritten. */
export function extraKeys(map: RawMap, known: ReadonlySet<string>): RawMap {
  let extra: Record<string, unknown> | null = null;
  for (const key of Object.keys(map)) {
    if (known.has(key)) continue;
    requireWritable(map[key], [key]);
    extra ??= {};
    extra[key] = map[key];
  }
  return extra ?? NO_EXTRA;
}

const NO_EXTRA: RawMap = Object.freeze({});
