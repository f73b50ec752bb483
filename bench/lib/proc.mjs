/** Processes as /proc shows them, read without the code under test. */
import { readdirSync, readFileSync } from 'node:fs';

/** State letter, parent and start time (in ticks) of a live process, or null. */
export function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, parent] = fields;
    return state === 'Z' || state === 'X' ? null : { state, parent: Number(parent), started: Number(fields[19]) };
  } catch {
    return null;
  }
}

/** The command line of a process, or an empty text. */
export function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trimEnd();
  } catch {
    return '';
  }
}

export const pids = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Sends a signal if the process is still there. */
export function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
