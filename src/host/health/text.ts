import { existsSync, readFileSync } from 'node:fs';
import { readTextOrNull } from '../read-text.ts';

/** Text of a small file; throws read errors. */
export const readProbe = (path: string): string => readFileSync(path, 'utf8');

/** Text of a small file; null if it is absent or cannot be read. */
export const tryProbe = (path: string): string | null =>
  // Most of these files are absent, and in a cold process an exception costs more than a stat.
  existsSync(path) ? readTextOrNull(path) : null;

/** First number after a key at the beginning of a line, in that line; null also for a negative one. */
export function numberAfter(text: string, key: string): number | null {
  const at = text.startsWith(key) ? 0 : text.indexOf(`\n${key}`) + 1;
  if (at === 0 && !text.startsWith(key)) return null;
  const match = /^[^\d\n-]*(\d+)/.exec(text.slice(at + key.length, at + key.length + 40));
  return match ? Number(match[1]) : null;
}
