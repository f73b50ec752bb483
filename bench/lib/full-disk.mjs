/** A file system that has no room: a file takes whatever is free, and what others free meanwhile. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = Buffer.alloc(4096);
const LARGE = Buffer.alloc(1 << 20);
const REFILL_MS = 10;

/** Takes all room of the file system of `folder`; the function that is returned gives it back. */
export function fill(folder) {
  const path = join(folder, 'ballast');
  const fd = openSync(path, 'a');
  const refill = () => {
    for (const piece of [LARGE, PAGE])
      for (;;)
        try {
          if (writeSync(fd, piece) < piece.length) break;
        } catch (error) {
          if (error.code !== 'ENOSPC') throw error;
          break;
        }
  };
  refill();
  const timer = setInterval(refill, REFILL_MS);
  return () => {
    clearInterval(timer);
    closeSync(fd);
    rmSync(path);
  };
}
