/** Counts the notification commands that run now, of all commands of this user together. */
import { readdirSync } from 'node:fs';
import { orElse } from '../../errors.ts';
import { statOf } from '../processes/stat.ts';
import { readTextOrEmpty } from '../read-text.ts';

/** Name of the shell that runs a notification command, as its `$0`. */
export const NOTICE_SHELL = 'resource-manager-notify';

/** True for the leader of a notification's session; the shells that it forks have the same words. */
const isNotice = (pid: number): boolean =>
  readTextOrEmpty(`/proc/${pid}/cmdline`).includes(`\0${NOTICE_SHELL}\0`) && statOf('/proc', pid)?.session === pid;

/** The number of running notification commands that this user may see; 0 where there is no /proc. */
export const runningNotices = (): number =>
  orElse(() => readdirSync('/proc'), []).filter((name) => /^\d+$/.test(name) && isNotice(Number(name))).length;
