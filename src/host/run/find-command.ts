import { accessSync, constants, existsSync, statSync } from 'node:fs';

export type CommandFound = { readonly path: string } | { readonly exit: 126 | 127; readonly why: string };

/** Looks a command up like a shell, before a slot is requested for it. */
export function findCommand(name: string, path: string): CommandFound {
  const candidates = name.includes('/') ? [name] : path.split(':').map((folder) => `${folder || '.'}/${name}`);
  let denied: string | null = null;
  for (const candidate of candidates) {
    // In a cold process an exception costs more than a stat.
    if (!existsSync(candidate)) continue;
    try {
      if (!statSync(candidate).isFile()) {
        if (name.includes('/')) denied = `${candidate} is a folder`;
        continue;
      }
      accessSync(candidate, constants.X_OK);
      return { path: candidate };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') denied = `${candidate} may not be executed`;
    }
  }
  return denied === null ? { exit: 127, why: `there is no command ${name}` } : { exit: 126, why: denied };
}
