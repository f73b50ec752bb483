/** Rounds of the monitor as other users: root's monitor acts for users of a shared state with their rights, not its own. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { orElse } from '../../errors.ts';
import { eachUserFolder } from '../../files/own-folder.ts';
import { isShared } from '../../files/trust.ts';
import type { ActAs } from '../../ports/monitor.ts';

/** The number that `id` prints; null for an unknown user. */
function idOf(option: '-u' | '-g', user: string): number | null {
  const { status, stdout } = spawnSync('id', [option, '--', user], { encoding: 'utf8' });
  return status === 0 && /^\d+\n$/.test(stdout) ? Number(stdout) : null;
}

/** True if the user vouches for a lease. */
function hasVouchers(dir: string, user: number): boolean {
  let isFound = false;
  eachUserFolder(dir, ({ uid, folder }) => {
    isFound ||= uid === user && orElse(() => readdirSync(`${folder}/leases`), []).length > 0;
  });
  return isFound;
}

/** Null for other users than root, and in a private state. `program` is the launcher of `resource-manager`. */
export function openActAs(dir: string, program: string): ActAs | null {
  if (process.geteuid?.() !== 0 || !isShared(dir)) return null;
  return async (user, noKill) => {
    const [uid, gid] = [idOf('-u', user), idOf('-g', user)];
    if (uid === null || gid === null) return 'there is no such user';
    if (uid === 0 || !hasVouchers(dir, uid)) return null;
    // The kernel refuses what the user may not do.
    const identity = ['--reuid', String(uid), '--regid', String(gid), '--init-groups', '--reset-env'];
    const round = [process.execPath, program, 'monitor', '--once', '--quiet', '--dir', dir];
    const words = [...identity, '--', ...round, ...(noKill ? ['--no-kill'] : [])];
    return new Promise((resolve) => {
      const child = spawn('setpriv', words, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' });
      let error = '';
      child.stderr.on('data', (data) => {
        error = `${error}${data}`.slice(0, 1_000);
      });
      child.once('error', ({ message }) => resolve(message));
      // 75: a monitor of the user runs.
      child.once('close', (code) => resolve(code === 0 || code === 75 ? null : (error.split('\n')[0] ?? '')));
    });
  };
}
