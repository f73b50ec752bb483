import { readFileSync } from 'node:fs';

/** The text of a small file, or null where it cannot be read. */
export function readTextOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** The text of a small file, empty where it cannot be read. */
export const readText = (path: string): string => readTextOrNull(path) ?? '';
