import { existsSync, readFileSync } from 'node:fs';

/** A small file's text; throws what reading throws. */
export const readProbe = (path: string): string => readFileSync(path, 'utf8');

/** The same, or null when it is not there or not to be read. */
export function tryProbe(path: string): string | null {
  // Most of what is looked for is not there, and an error costs a cold process more than a look.
  if (!existsSync(path)) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** The first number after a key at the beginning of a line. */
export function numberAfter(text: string, key: string): number | null {
  const at = text.startsWith(key) ? 0 : text.indexOf(`\n${key}`) + 1;
  if (at === 0 && !text.startsWith(key)) return null;
  const match = /^\D*(\d+)/.exec(text.slice(at + key.length, at + key.length + 40));
  return match ? Number(match[1]) : null;
}
