/** Parses typed words: counts, durations, names. Each mistake is an ExpectedError 64 that names the expected form. */
import { parseDuration, parseSize } from '../core/amounts.ts';
import { isProjectName } from '../core/model/ids.ts';
import { EXIT, ExpectedError } from '../errors.ts';

export const usageError = (message: string, hint: string): ExpectedError =>
  new ExpectedError('usage', message, { hint, exit: EXIT.usage });

const MOST = 100_000;

/** A whole number from `least` to `most`. */
export function count(what: string, text: string, least = 1, most = MOST): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number) || number < least || number > most) {
    throw usageError(
      `${what} must be a whole number from ${least} to ${most}, got ${quoted(text)}`,
      `write it like ${Math.max(least, 5)}`,
    );
  }
  return number;
}

export function project(text: string): string {
  if (isProjectName(text)) return text;
  throw usageError(
    `${quoted(text)} is not a project name`,
    'a name is 1 to 64 of A-Z a-z 0-9 . _ - and does not start with - or .',
  );
}

export function durationMs(what: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw usageError(`${what} must be a duration, got ${quoted(text)}`, 'write it like 90s, 15m or 2h');
  return ms;
}

export function sizeBytes(what: string, text: string): number {
  const bytes = parseSize(text);
  if (bytes === null || bytes === 0)
    throw usageError(`${what} must be a size, got ${quoted(text)}`, 'write it like 512M or 2G');
  return bytes;
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
