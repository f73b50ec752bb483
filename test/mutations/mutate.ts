/** Seeded chance, and changes to a text such as editors, other programs and accidents make. */

/** A number from 0 up to 1 for each call; the same seed gives the same numbers. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to `below`. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }
}

/** Texts on which readers have stumbled: words of YAML, JSON and shells, odd characters, numbers at the edge. */
export const ODD: readonly string[] = [
  ...['', ' ', '\n', '\r\n', '\r', '\t', '\0', '\ufeff', '\u2028', '\u0085', '\ud800', '\u00e9', '\u{1f600}'],
  ...['__proto__', 'constructor', 'null', '~', 'true', 'y', 'NaN', '.nan', '.inf', 'Infinity', 'undefined'],
  ...['{', '}', '[', ']', '"', "'", ',', ': ', '#', ' # ', '- ', '? ', '| ', '> ', '&a ', '*a', '!!int ', '%', '---\n'],
  ...[
    '...\n',
    '<<: *a',
    '`',
    '$(id)',
    '\\',
    '\\u0000',
    '\\ud800',
    '../',
    '/',
    '-',
    '--',
    '=',
    '@',
    '*',
    '%s',
    '\u001b[31m',
  ],
  ...['0', '-0', '-1', '1.5', '1e3', '1e999', '0x10', '007', '100000', '100001', '2147483648', '9007199254740993'],
  ...['99999999999999999999', '1,5', '0.1k', '5m', '1h30m', '999999999h', '275761-01-01T00:00:00.000Z', '1969-12-31'],
  ...[
    '2026-11-29T10:00:00.000Z',
    'Europe/Vienna',
    '+02:00',
    'Etc/Unknown',
    'a/b',
    'A/B',
    'x'.repeat(300),
    '[['.repeat(400),
  ],
];

type Change = (text: string, chance: Chance) => string;

const between = (text: string, chance: Chance): [from: number, to: number] => {
  const from = chance.below(text.length + 1);
  return [from, Math.min(text.length, from + 1 + chance.below(chance.once(4) ? 200 : 12))];
};

const onLines =
  (change: (lines: string[], chance: Chance) => void): Change =>
  (text, chance) => {
    const lines = text.split('\n');
    change(lines, chance);
    return lines.join('\n');
  };

/** The place of one match of the pattern, replaced. */
const onMatch =
  (pattern: RegExp, replacement: (chance: Chance) => string): Change =>
  (text, chance) => {
    const matches = [...text.matchAll(pattern)];
    if (matches.length === 0) return text;
    const { index = 0, 0: found } = chance.of(matches);
    return text.slice(0, index) + replacement(chance) + text.slice(index + found.length);
  };

/** A value that is nested deeper than any reader may follow by recursion. */
const deep = (chance: Chance): string => {
  const [open, close] = chance.of([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  const depth = chance.of([500, 20_000]);
  return `${open.repeat(depth)}0${close.repeat(depth)}`;
};

const CHANGES: readonly Change[] = [
  (text, chance) => {
    const [at, to] = between(text, chance);
    return text.slice(0, at) + text.slice(to);
  },
  (text, chance) => {
    const [at, to] = between(text, chance);
    return text.slice(0, to) + text.slice(at);
  },
  (text, chance) => {
    const at = chance.below(text.length + 1);
    return text.slice(0, at) + chance.of(ODD) + text.slice(at);
  },
  (text, chance) => {
    const at = chance.below(text.length + 1);
    return text.slice(0, at) + String.fromCharCode(chance.below(chance.once(3) ? 0xffff : 0x7f)) + text.slice(at + 1);
  },
  (text, chance) => text.slice(0, chance.below(text.length + 1)),
  onLines((lines, chance) => void lines.splice(chance.below(lines.length), 1)),
  onLines((lines, chance) => void lines.splice(chance.below(lines.length), 0, chance.of(lines))),
  onLines((lines, chance) => void lines.push(...lines.splice(chance.below(lines.length), 1))),
  (text) => text.replaceAll('\n', '\r\n'),
  (text) => `\ufeff${text}`,
  onMatch(/-?\d+(?:\.\d+)?/g, (chance) => chance.of(ODD)),
  onMatch(/"[^"\n]*"/g, (chance) => JSON.stringify(chance.of(ODD))),
  onMatch(/"[^"\n]*"|\b\w+\b/g, (chance) => chance.of(['null', 'true', '[]', '{}', '0', '""', '[null]', '{"":1}'])),
  onMatch(/"[^"\n]*"|\b\w+\b/g, (chance) => (chance.once(8) ? deep(chance) : '[]')),
  onMatch(/\b[A-Za-z_]\w*\b/g, (chance) => chance.of(ODD)),
];

/** The text with one to four changes. */
export function mutated(text: string, chance: Chance): string {
  let after = text;
  for (let left = 1 + chance.below(chance.once(3) ? 4 : 1); left > 0; left -= 1)
    after = chance.of(CHANGES)(after, chance);
  return after;
}
