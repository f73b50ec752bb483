import { readFileSync } from 'node:fs';
import { orElse } from '../errors.ts';

/** Text of a small file; null if it cannot be read. */
export const readTextOrNull = (path: string): string | null => orElse(() => readFileSync(path, 'utf8'), null);

/** Text of a small file; empty if it cannot be read. */
export const readTextOrEmpty = (path: string): string => readTextOrNull(path) ?? '';
