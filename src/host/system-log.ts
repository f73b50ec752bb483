/** Writes one line to the system's log. */
import { spawn } from 'node:child_process';

/** Hands the line to `logger`, without waiting; nothing happens where there is none. */
export function logToSystem(line: string): void {
  spawn('logger', ['-t', 'resource-manager', '-p', 'daemon.warning', '--', line], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
