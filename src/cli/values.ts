/** Parses typed words: counts, durations, names. Each mistake is an ExpectedError 64 that names the expected form. */
import { parseDuration, parseShare, parseSize } from '../core/amounts.ts';
import { isProjectName } from '../core/model/ids.ts';
import { nearest } from '../core/nearest.ts';
import { EXIT, ExpectedError } from '../errors.ts';

export const usageError = (message: string, hint: string): ExpectedError =>
  new ExpectedError('usage', message, { hint, exit: EXIT.usage });

const MOST = 100_000;

/** The hint for a wrong amount. A comma, or a point in a whole number, is often a separator of another language. */
export const writeLike = (text: string, forms: string): string =>
  /\d[.,' ]\d/.test(text)
    ? `write it like ${forms}: a point before the fraction, nothing between thousands`
    : `write it like ${forms}`;

/** The text as `parse` reads it. Throws ExpectedError 64 with what it must be, and with forms of it. */
export function readAs<T>(
  parse: (text: string) => T | null,
  what: string,
  text: string,
  kind: string,
  forms: string,
): T {
  const value = parse(text);
  if (value === null) throw usageError(`${what} must be ${kind}, got ${quoted(text)}`, writeLike(text, forms));
  return value;
}

/** A whole number from `least` to `most`. */
export function count(what: string, text: string, least = 1, most = MOST): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number) || number < least || number > most) {
    throw usageError(
      `${what} must be a whole number from ${least} to ${most}, got ${quoted(text)}`,
      writeLike(text, String(Math.max(least, Math.min(most, 5)))),
    );
  }
  return number;
}

/** The known word that the text is. Throws ExpectedError 64 with the refusal; the hint is the nearest word, or all. */
export function oneOf<Word extends string>(known: readonly Word[], text: string, refusal: string): Word {
  const found = known.find((word) => word === text);
  if (found !== undefined) return found;
  const meant = nearest(text, known);
  throw usageError(refusal, meant === null ? `expected one of: ${known.join(', ')}` : `did you mean ${meant}?`);
}

/** The subcommand that the text names. Throws ExpectedError 64. */
export const verbOf = <Verb extends string>(command: string, verbs: readonly Verb[], text: string): Verb =>
  oneOf(verbs, text, `${command} has no subcommand '${text}'`);

export function project(text: string): string {
  if (isProjectName(text)) return text;
  throw usageError(
    `${quoted(text)} is not a project name`,
    'a name is 1 to 64 of A-Z a-z 0-9 . _ - and does not start with - or .',
  );
}

export const durationMs = (what: string, text: string): number =>
  readAs(parseDuration, what, text, 'a duration', '90s, 15m or 2h');

/** A duration in milliseconds; 0 is refused, because it would mean "at once" or "no limit". */
export function durationAboveZero(what: string, text: string): number {
  const ms = durationMs(what, text);
  if (ms === 0) throw usageError(`${what} must be above 0`, 'write it like 30s');
  return ms;
}

const MIB = 2 ** 20;
/** Below this many, a number without a unit counts gigabytes. */
const MOST_GIGABYTES = 100;

/** The size that a number without a unit means, by what a command may need. */
function meantSize(number: number): string {
  if (number >= MIB) return `${Math.ceil(number / MIB)}M`;
  return `${number}${number < MOST_GIGABYTES ? 'G' : 'M'}`;
}

/** A size in bytes, above 0. A number without a unit is refused, because it would be so many bytes. */
export function sizeBytes(what: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text))
    throw usageError(
      `${what} must be a size with a unit, got ${text}`,
      `write it like ${what} ${meantSize(Number(text))}`,
    );
  return readAs((size) => parseSize(size) || null, what, text, 'a size', '512M or 2G');
}

/** A part of the whole like `0.5`, `.5` or `50%`, above 0 up to 1. */
export const shareAboveZero = (what: string, text: string): number =>
  readAs((share) => parseShare(share) || null, what, text, 'above 0 and at most 1', '0.5 or 50%');

const LINE = /^[^\p{Cc}\u2028\u2029]{1,200}$/u;

/** A reason: one line of at most 200 characters. */
export function reasonText(text: string): string {
  if (LINE.test(text)) return text;
  throw usageError('--reason must be one line of at most 200 characters', 'shorten it, and put it into one line');
}

/** Names separated by commas. */
export function names(what: string, text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  const bad = list.find((name) => !/^[^\s,"\\\p{C}]{1,64}$/u.test(name));
  if (bad !== undefined)
    throw usageError(`${what} has ${quoted(bad)}, which is not a name`, 'write them like auth,dashboard,api');
  if (new Set(list).size < list.length)
    throw usageError(`${what} names an agent twice`, 'give each agent a name of its own');
  return list;
}

/** A word of the command line as messages show it, cut to 40 characters. */
export const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
