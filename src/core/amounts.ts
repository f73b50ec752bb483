/** Durations (`90s`, `15m`, `2h`), sizes (`512M`, `2G`), tokens and cost in the forms that people write. */
import { DAY_MS, HOUR_MS, WEEK_MS } from './model/instants.ts';

const SPELLINGS: readonly (readonly [number, readonly string[]])[] = [
  [1, ['ms']],
  [1000, ['s', 'sec', 'secs', 'second', 'seconds']],
  [60_000, ['m', 'min', 'mins', 'minute', 'minutes']],
  [HOUR_MS, ['h', 'hr', 'hrs', 'hour', 'hours']],
  [DAY_MS, ['d', 'day', 'days']],
  [WEEK_MS, ['w', 'week', 'weeks']],
];
const UNIT_MS: Readonly<Record<string, number>> = Object.fromEntries(
  SPELLINGS.flatMap(([ms, units]) => units.map((unit) => [unit, ms])),
);
/** Digits with at most one point, or a point and digits. */
const NUMBER = String.raw`(?:\d{1,12}(?:\.\d{1,6})?|\.\d{1,6})`;
const [ZERO, NINE] = [48, 57];
const MOST_PLAIN_DIGITS = 3;
const LONGEST_MS = 10 * 365 * DAY_MS;

/** `15m`, `600M`: a short whole number with one unit. A process that just started pays dearly for the patterns below. */
function plainAmount(text: string, units: Readonly<Record<string, number>>): number | null {
  let at = 0;
  while (at < MOST_PLAIN_DIGITS && text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= NINE) at += 1;
  const unit = text.slice(at);
  return at > 0 && Object.hasOwn(units, unit) ? Number(text.slice(0, at)) * (units[unit] as number) : null;
}

/** Parses a duration into milliseconds; null if the text is not one. Parts may be joined: `1h30m`. */
export function parseDuration(text: string): number | null {
  const plain = plainAmount(text, UNIT_MS);
  if (plain !== null) return plain;
  if (!new RegExp(`^(?:${NUMBER}[a-z]+)+$`).test(text)) return null;
  let ms = 0;
  for (const [part, count, unit] of text.matchAll(/([\d.]+)([a-z]+)/g)) {
    const each = Object.hasOwn(UNIT_MS, unit as string) ? (UNIT_MS[unit as string] as number) : null;
    if (each === null || (each === 1 && part.includes('.'))) return null;
    ms += Number(count) * each;
  }
  return ms <= LONGEST_MS ? Math.round(ms) : null;
}

const SIZE_BYTES: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Parses a size into bytes; null if the text is not one. Letters are powers of 1024; `B` and `iB` may follow them. */
export function parseSize(text: string): number | null {
  const plain = plainAmount(text, SIZE_BYTES);
  if (plain !== null) return plain;
  const match = new RegExp(`^(${NUMBER})([KMGT]?)(?:i?B)?$`, 'i').exec(text);
  // A byte has no fraction: 50.000 may be meant as fifty thousand.
  if (!match || (match[2] === '' && text.includes('.'))) return null;
  const bytes = Number(match[1]) * (SIZE_BYTES[(match[2] as string).toUpperCase()] as number);
  return bytes <= Number.MAX_SAFE_INTEGER ? Math.round(bytes) : null;
}

const TOKENS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * Parses a whole number of tokens like 450, 50k or 1.5M (powers of 1000); null if the text is not one. A number without a
 * letter has no fraction: 50.000 may be meant as fifty thousand.
 */
export function parseTokens(text: string): number | null {
  const match = /^(\d{1,15}|\d{0,15}\.\d{1,9}(?=[kmg]))([kmg]?)$/i.exec(text);
  if (!match) return null;
  const tokens = Number(match[1]) * (TOKENS[(match[2] as string).toLowerCase()] as number);
  const whole = Math.round(tokens);
  return Math.abs(tokens - whole) < 1e-6 && whole <= Number.MAX_SAFE_INTEGER ? whole : null;
}

/** Parses a cost in US dollars like 5.00, .5, 0.000125 or $2 into micro-dollars, rounded; null if the text is not one. */
export function parseCost(text: string): number | null {
  const match = /^\$?(\d{1,9}(?:\.\d{1,12})?|\.\d{1,12})$/.exec(text);
  return match ? Math.round(Number(match[1]) * 1e6) : null;
}

/** Parses a percentage like 60, 62.5, .5 or 60% into a number from 0 to 100; null if the text is not one. */
export function parsePercent(text: string): number | null {
  const match = /^(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})%?$/.exec(text);
  const percent = match ? Number(match[1]) : Number.NaN;
  return percent <= 100 ? percent : null;
}

/** Parses a share like 0.5, .5, 1 or 50% into a number from 0 to 1; null if the text is not one. */
export function parseShare(text: string): number | null {
  const percent = text.endsWith('%') ? parsePercent(text) : null;
  if (percent !== null) return percent / 100;
  const share = /^(?:\d(?:\.\d{1,6})?|\.\d{1,6})$/.test(text) ? Number(text) : Number.NaN;
  return share <= 1 ? share : null;
}
