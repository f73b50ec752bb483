import { writeSync } from 'node:fs';
import { errnoOf } from '../../errors.ts';

/** Time between two attempts to write to a full pipe. */
const RETRY_MS = 2;

/** Writes a whole text to a descriptor; false when its reader has gone. Throws other errors of writing. */
export function writeWhole(fd: number, text: string): boolean {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (errnoOf(error) === 'EPIPE') return false;
      if (errnoOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
  return true;
}
