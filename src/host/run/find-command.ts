import { accessSync, constants, existsSync, statSync } from 'node:fs';

export type CommandFound = { readonly path: string } | { readonly exit: 126 | 127; readonly why: string };

/** Looks a command up as a shell would, before anything is asked for on its behalf. */
export function findCommand(name: string, path: string): CommandFound {
  const candidates = name.includes('/') ? [name] : path.split(':').map((folder) => `${folder || '.'}/${name}`);
  let denied: string | null = null;
  for (const candidate of candidates) {
    // An error costs a cold process more than a look.
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
