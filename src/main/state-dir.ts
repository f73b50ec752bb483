/** Finds the folder of the state. The first look of a hook uses it too, so it loads next to nothing. */
import { resolve } from 'node:path';
import { MOST_BYTES, readRegularText } from '../files/regular-file.ts';

/** File with the folder that all users of the machine share, in a line like `dir: /var/lib/resource-manager`. */
export const POINTER_FILE = '/etc/resource-manager.yaml';

/**
 * The folder `named`, else the one in POINTER_FILE, else .resource-manager in `home`; an absolute path. Null if `named`
 * is relative, because each working folder would have a pool of its own; if POINTER_FILE names no folder; without a home.
 * Throws the system error of a POINTER_FILE that cannot be read, and what `home` throws.
 */
export function findStateDir(named: string | null | undefined, home: () => string | null): string | null {
  if (named) return named.startsWith('/') ? resolve(named) : null;
  let text: string;
  try {
    text = readRegularText(POINTER_FILE, MOST_BYTES.small);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const own = home();
    return own === null ? null : resolve(own, '.resource-manager');
  }
  return /^\ufeff?dir:[ \t]+(["']?)(\/[^"'#\n]*?)\1[ \t\r]*(?:#.*)?$/m.exec(text)?.[2] ?? null;
}
