/**
 * history/: append-only JSON lines, one file a day, split into parts. A record is one write at the end of a file, so
 * writers never wait for each other; the oldest parts are removed when a new one begins. No decision reads the history.
 */
import { mkdirSync, readdirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../../core/model/instants.ts';
import type { HistoryLimits } from '../../core/settings/settings.ts';
import { orElse } from '../../errors.ts';
import { appendRegular } from '../../files/regular-file.ts';
import { isOwnFolder } from '../../files/sweep.ts';
import { isShared } from '../../files/trust.ts';
import type { History } from '../../ports/history.ts';
import { ageLimit, HISTORY_FOLDER, PART_BYTES } from './names.ts';

const FILE = /^(\d{4}-\d\d-\d\d)(?:\.(\d+))?\.jsonl$/;

export interface HistoryFile {
  readonly name: string;
  readonly day: string;
  /** Number of a full part; the current file comes last. */
  readonly part: number;
}

/** History files, oldest first; a day's numbered parts come before its current file. */
export function historyFiles(folder: string): HistoryFile[] {
  const files = orElse(() => readdirSync(folder), []).flatMap((name) => {
    const [, day, part] = FILE.exec(name) ?? [];
    return day === undefined ? [] : [{ name, day, part: part === undefined ? Number.POSITIVE_INFINITY : Number(part) }];
  });
  return files.sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.part - b.part));
}

/** Removes files past the age limit, and the oldest above the size limit. The current file stays. */
function forgetOld(folder: string, now: Instant, { keepMs, maxBytes }: HistoryLimits): void {
  if (!isOwnFolder(folder)) return;
  let bytes = 0;
  const files = historyFiles(folder).reverse();
  const isTooOld = ageLimit(files, now, keepMs);
  for (const { name, day } of files) {
    const path = join(folder, name);
    bytes += statSync(path).size;
    if (isTooOld(day) || bytes > maxBytes) unlinkSync(path);
  }
}

/** Renames the day's file to its next part. If two processes try, the second finds no file. */
function setAside(folder: string, day: string): void {
  const parts = historyFiles(folder).filter((file) => file.day === day && Number.isFinite(file.part));
  const next = Math.max(0, ...parts.map(({ part }) => part)) + 1;
  renameSync(join(folder, `${day}.jsonl`), join(folder, `${day}.${next}.jsonl`));
}

/** The history in a folder that no other user may write to. */
export function openHistory(dir: string, now: () => Instant, limits: () => HistoryLimits): History {
  const folder = join(dir, HISTORY_FOLDER);
  const makeRoom = (day: string): void => {
    const size = statSync(join(folder, `${day}.jsonl`), { throwIfNoEntry: false })?.size;
    if (size !== undefined && size < PART_BYTES) return;
    mkdirSync(folder, { recursive: true });
    if (size !== undefined) setAside(folder, day);
    forgetOld(folder, now(), limits());
  };
  return {
    append(...records) {
      const at = new Date(now()).toISOString();
      const day = at.slice(0, 10);
      try {
        makeRoom(day);
        const lines = records.map((record) => `${JSON.stringify({ at, ...record })}\n`);
        appendRegular(join(folder, `${day}.jsonl`), lines.join(''), 0o644);
      } catch {
        // A full disk must not turn a successful command into a failed one.
      }
    },
  };
}

/** The history of the state in `dir`, for this user's records. */
export const historyOf: (...of: Parameters<typeof openHistory>) => Promise<History> = async (dir, now, limits) =>
  isShared(dir)
    ? (await import('./shared-history.ts')).openSharedHistory(dir, now, limits)
    : openHistory(dir, now, limits);
