import { readFileSync } from 'node:fs';

/** Text of a small file; null if it cannot be read. */
export function readTextOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Text of a small file; empty if it cannot be read. */
export const readTextOrEmpty = (path: string): string => readTextOrNull(path) ?? '';
