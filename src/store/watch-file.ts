import { watch } from 'node:fs';
import { join } from 'node:path';
import { isUnchanged, readText } from '../files/text-file.ts';

const LOOK_EVERY_MS = 100;

/** Calls back at each change of a file, which may be absent, until the returned function is called. */
export function watchFile(folder: string, file: string, onChange: () => void): () => void {
  try {
    const watcher = watch(folder, (_event, name) => {
      if (name === null || name === file) onChange();
    });
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return watchByLooking(join(folder, file), onChange);
  }
}

/** Polls when no watch is left: the kernel limits inotify instances per user (to 128 on many machines). */
function watchByLooking(path: string, onChange: () => void): () => void {
  let seen = readText(path)?.mark ?? null;
  const timer = setInterval(() => {
    if (isUnchanged(path, seen)) return;
    seen = readText(path)?.mark ?? null;
    onChange();
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
