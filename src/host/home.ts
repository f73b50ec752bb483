/** The name, the home folder and the folder of settings of this user. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { EXIT, ExpectedError, orElse } from '../errors.ts';
import type { Variables } from '../ports/host.ts';

/** The name in the password database, because USER may be absent or, after su, another; null without one. */
export const userName = (): string | null => orElse(() => userInfo().username, null);

/** XDG_CONFIG_HOME if it is an absolute path, else .config in the home. */
export const configHome = ({ XDG_CONFIG_HOME }: Variables, home: () => string): string =>
  XDG_CONFIG_HOME?.startsWith('/') ? XDG_CONFIG_HOME : join(home(), '.config');

/** HOME if it is an absolute path, else the home in the password database, else null; the folder may be missing. */
export function findHome({ HOME }: Variables): string | null {
  if (HOME?.startsWith('/')) return HOME;
  // A container may run a user that its password database does not list.
  const homedir = orElse(() => userInfo().homedir, '');
  return homedir.startsWith('/') ? homedir : null;
}

/** The home folder, which exists: nothing makes a home of its own. Throws ExpectedError 66 without one. */
export function homeOf(env: Variables): string {
  const home = findHome(env);
  if (home !== null && existsSync(home)) return home;
  const why = home === null ? 'HOME names none, and neither does the password database' : `there is no folder ${home}`;
  throw new ExpectedError('no-home', `this user has no home folder: ${why}`, {
    hint: 'set HOME to a folder that you may write, or name the folder of the state with RESOURCE_MANAGER_DIR',
    exit: EXIT.noSuchThing,
  });
}

/** The folders in a comma-separated list, absolute, with `~` for the home. */
export const foldersIn = (list: string, home: string, cwd: string = process.cwd()): string[] =>
  list.split(',').flatMap((part) => {
    const folder = part.trim();
    return folder === '' ? [] : resolve(cwd, folder.replace(/^~(?=\/|$)/, home));
  });
