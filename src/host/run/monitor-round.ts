/** Starts a round of the monitor in the background. */
import { spawn } from 'node:child_process';
import { launcherOf } from './launcher.ts';

/** A round resumes paused leases and ends no process. It ends at once if another monitor runs. */
export function startMonitorRound(root: string, dir: string): void {
  const words = [launcherOf(root), 'monitor', '--once', '--no-kill', '--quiet', '--dir', dir];
  spawn(process.execPath, words, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
