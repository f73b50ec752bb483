import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder at or above `folder` that is a git work tree's own; null where there is none. */
export function gitRootOf(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return null;
  }
}
