/** Writes one line to the system's log. */
import { spawn } from 'node:child_process';
import { shown } from '../core/shown.ts';

/** Hands the line to `logger`, without waiting; nothing happens where there is none. */
export function logToSystem(line: string): void {
  spawn('logger', ['-t', 'resource-manager', '-p', 'daemon.warning', '--', shown(line)], {
    stdio: 'ignore',
    detached: true,
  })
    .on('error', () => {})
    .unref();
}
