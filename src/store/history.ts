/**
 * history/: append-only JSON lines, one file a day. A record is one write at the end of the file, so writers never wait
 * for each other; old days go when a new one begins. Nothing here is read to decide anything.
 */
import { appendFileSync, mkdirSync, readdirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from '../context.ts';
import type { Instant } from '../core/model/instants.ts';

const FOLDER = 'history';
const KEEP_DAYS = 90;
const MOST_BYTES_A_DAY = 64 * 2 ** 20;
const FILE = /^\d{4}-\d\d-\d\d(?:\.\d+)?\.jsonl$/;

function forgetOld(folder: string, now: Instant): void {
  const oldest = new Date(now - KEEP_DAYS * 86_400_000).toISOString().slice(0, 10);
  for (const name of readdirSync(folder)) if (FILE.test(name) && name < oldest) unlinkSync(join(folder, name));
}

/** Sets a day's file aside once it is too large; of a day, the last such part is kept beside the present one. */
function rotate(path: string): void {
  if (statSync(path).size > MOST_BYTES_A_DAY) renameSync(path, path.replace(/\.jsonl$/, '.1.jsonl'));
}

export function openHistory(dir: string, now: () => Instant): History {
  const folder = join(dir, FOLDER);
  const write = (path: string, line: string): void => {
    try {
      rotate(path);
    } catch {
      // A new day: the file is not there yet.
      mkdirSync(folder, { recursive: true });
      forgetOld(folder, now());
    }
    appendFileSync(path, line, { mode: 0o644 });
  };
  return {
    append(record) {
      const at = new Date(now()).toISOString();
      try {
        write(join(folder, `${at.slice(0, 10)}.jsonl`), `${JSON.stringify({ at, ...record })}\n`);
      } catch {
        // A full disk must not turn a command that succeeded into one that failed.
      }
    },
  };
}
