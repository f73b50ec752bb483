/** Watches a file where the kernel offers no watch: it limits inotify instances per user (to 128 on many machines). */
import { isUnchanged, readText } from '../files/text-file.ts';

const LOOK_EVERY_MS = 100;

/** Calls `onChange` after each change of the file until the returned function is called. */
export function watchByLooking(path: string, onChange: () => void): () => void {
  let seen = readText(path)?.mark ?? null;
  const timer = setInterval(() => {
    if (isUnchanged(path, seen)) return;
    seen = readText(path)?.mark ?? null;
    onChange();
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
