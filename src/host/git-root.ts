import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Root of the git work tree that contains `folder`; null outside of one. */
export function gitRootOf(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return null;
  }
}
