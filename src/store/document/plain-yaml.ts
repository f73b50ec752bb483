/**
 * Reads a strict subset of YAML without a library: nested block maps, and one-line flow maps and lists of plain scalars,
 * with comments. Any other text gives `undefined`, and the library reads it. A property test compares every returned
 * value with the library's.
 */
export type PlainValue = string | number | boolean | null | PlainValue[] | { [key: string]: PlainValue };

const MAX_LEVELS = 30;
const RESERVED = /^(?:null|Null|NULL|true|True|TRUE|false|False|FALSE)$/;
const WORD = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;
const DECIMAL = /^-?(?:0|[1-9]\d{0,14})\.\d{1,15}$/;
const QUANTITY = /^(?!0[xob])\d{1,15}(?![eE])[A-Za-z][A-Za-z0-9]*$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const QUOTED = /^"[ !#-[\]-~]*"$/;

function scalar(text: string): string | number | boolean | null | undefined {
  if (WORD.test(text)) {
    if (!RESERVED.test(text)) return text;
    return text === 'null' ? null : text === 'true' ? true : text === 'false' ? false : undefined;
  }
  if (INTEGER.test(text) || DECIMAL.test(text)) return Number(text);
  if (QUANTITY.test(text) || INSTANT.test(text)) return text;
  return QUOTED.test(text) ? text.slice(1, -1) : undefined;
}

function keyName(text: string): string | undefined {
  const name = WORD.test(text) && !RESERVED.test(text) ? text : QUOTED.test(text) ? text.slice(1, -1) : undefined;
  return name === '__proto__' ? undefined : name;
}

/** Reads one flow value from `text` at `at`; `end` is the position after it. `levels`: how deep it may be nested. */
function flow(
  text: string,
  at: number,
  levels = MAX_LEVELS,
): { readonly value: PlainValue; readonly end: number } | undefined {
  if (levels === 0) return undefined;
  const skip = (from: number): number => {
    let next = from;
    while (text[next] === ' ') next += 1;
    return next;
  };
  const open = text[at];
  if (open === '{' || open === '[') {
    const map: Record<string, PlainValue> = {};
    const list: PlainValue[] = [];
    const close = open === '{' ? '}' : ']';
    let next = skip(at + 1);
    for (let first = true; text[next] !== close; first = false) {
      if (!first) {
        if (text[next] !== ',') return undefined;
        next = skip(next + 1);
      }
      let key: string | undefined;
      if (open === '{') {
        const match = /^(?:("[^"]*"): *|([A-Za-z0-9_.-]+): +)/.exec(text.slice(next));
        key = match ? keyName((match[1] ?? match[2]) as string) : undefined;
        if (!match || key === undefined || Object.hasOwn(map, key)) return undefined;
        next += match[0].length;
      }
      const item = flow(text, next, levels - 1);
      if (item === undefined) return undefined;
      if (key !== undefined) map[key] = item.value;
      else list.push(item.value);
      next = skip(item.end);
    }
    return { value: open === '{' ? map : list, end: next + 1 };
  }
  const match = /^(?:"[^"]*"|[^\s,{}[\]"#:&*!|>'%@`]+(?::\d\d:\d\d(?:\.\d+)?Z)?)/.exec(text.slice(at));
  const value = match ? scalar(match[0]) : undefined;
  return match && value !== undefined ? { value, end: at + match[0].length } : undefined;
}

/** The value after `key:` on one line, without its comment; null if it is empty. */
function inline(text: string): { readonly value: PlainValue } | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return null;
  const read = flow(trimmed, 0);
  if (read === undefined) return undefined;
  const rest = trimmed.slice(read.end);
  return rest.trim() === '' || /^ +#/.test(rest) ? read : undefined;
}

interface Line {
  readonly indent: number;
  readonly key: string;
  readonly rest: string;
}

const [SPACE, HASH] = [32, 35];

/** True for an empty line or a comment. It uses no pattern, because each one costs a cold process time to compile. */
function isTrivia(line: string): boolean {
  let at = 0;
  while (line.charCodeAt(at) === SPACE) at += 1;
  return at === line.length || line.charCodeAt(at) === HASH;
}

function dataLines(text: string): Line[] | undefined {
  const lines: Line[] = [];
  const isAscii = !/[^ -~\n]/.test(text);
  for (const raw of text.split('\n')) {
    if (isTrivia(raw)) continue;
    const match = /^( *)("[^"]*"|[A-Za-z0-9_.-]+):(?: (.*))?$/.exec(raw);
    const key = match ? keyName(match[2] as string) : undefined;
    if (!match || key === undefined || (!isAscii && /[^ -~]/.test(raw.replace(/ #.*$/, '')))) return undefined;
    lines.push({ indent: (match[1] as string).length, key, rest: match[3] ?? '' });
  }
  return lines;
}

function block(
  lines: readonly Line[],
  from: number,
  indent: number,
  levels = MAX_LEVELS,
): { map: Record<string, PlainValue>; end: number } | undefined {
  const map: Record<string, PlainValue> = {};
  let at = from;
  while (at < lines.length) {
    const line = lines[at] as Line;
    if (line.indent < indent) break;
    if (line.indent > indent || Object.hasOwn(map, line.key)) return undefined;
    const read = inline(line.rest);
    if (read === undefined) return undefined;
    at += 1;
    const below = lines[at];
    if (read !== null) {
      if (below && below.indent > indent) return undefined;
      map[line.key] = read.value;
    } else if (below && below.indent > indent) {
      const inner = levels === 0 ? undefined : block(lines, at, below.indent, levels - 1);
      if (inner === undefined) return undefined;
      map[line.key] = inner.map;
      at = inner.end;
    } else {
      map[line.key] = null;
    }
  }
  return { map, end: at };
}

/** Reads `text` as a mapping; undefined if it is outside the subset. */
export function parsePlainYaml(text: string): Record<string, PlainValue> | undefined {
  const lines = dataLines(text);
  if (lines === undefined) return undefined;
  const read = block(lines, 0, 0);
  return read && read.end === lines.length ? read.map : undefined;
}
