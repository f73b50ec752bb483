/** The home folder of this user. */
import { userInfo } from 'node:os';
import { EXIT, ExpectedError } from '../errors.ts';
import type { Variables } from '../ports/host.ts';

/** HOME if it is an absolute path, else the home in the password database, else null. */
export function findHome({ HOME }: Variables): string | null {
  if (HOME?.startsWith('/')) return HOME;
  try {
    const { homedir } = userInfo();
    return homedir.startsWith('/') ? homedir : null;
  } catch {
    // A container may run a user that its password database does not list.
    return null;
  }
}

/** The refusal where there is no home folder: exit code 66. */
export const noHome = (): ExpectedError =>
  new ExpectedError(
    'no-home',
    'this user has no home folder: HOME names none, and neither does the password database',
    {
      hint: 'set HOME to a folder that you may write, or name the folder of the state with RESOURCE_MANAGER_DIR',
      exit: EXIT.noSuchThing,
    },
  );

/** The home folder. Throws ExpectedError 66 without one. */
export function homeOf(env: Variables): string {
  const home = findHome(env);
  if (home === null) throw noHome();
  return home;
}
