/** A small file of /proc in one buffer, which takes two thirds of the time of readFileSync. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Lines of /proc/PID/stat are a few hundred bytes. */
const BUFFER = Buffer.allocUnsafe(4096);

/** The file's text, up to 4 KiB of it; throws what opening and reading throw. */
export function readLine(path: string): string {
  const file = openSync(path, 'r');
  try {
    return BUFFER.toString('utf8', 0, readSync(file, BUFFER, 0, BUFFER.length, 0));
  } finally {
    closeSync(file);
  }
}
