/**
 * Records the processes seen below a run, so that they stay known after they leave its tree. Each run without a cgroup
 * has one file, which the monitor writes: one line for each process.
 */
import { mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../../core/reap/process-row.ts';
import { orElse } from '../../errors.ts';
import { ownPlace } from '../../files/own-folder.ts';
import { appendRegular, readRegularText } from '../../files/regular-file.ts';
import { isOwnFolder } from '../../files/sweep.ts';
import { projectOfMark } from '../run/mark.ts';

const FOLDER = 'ledger';

export interface SeenProcesses {
  /** All recorded processes of a run. */
  listOf(mark: string): readonly Identity[];
  /** Adds processes that are not recorded yet. */
  add(mark: string, found: readonly Identity[]): void;
  /** Removes the records of all other runs. */
  keep(marks: ReadonlySet<string>): void;
}

export function openSeenProcesses(dir: string): SeenProcesses {
  /** Throws system errors. */
  const place = (): string => join(ownPlace(dir), FOLDER);
  const known = new Map<string, Map<string, Identity>>();
  const load = (mark: string): Map<string, Identity> => {
    const loaded = known.get(mark);
    if (loaded) return loaded;
    const entries = new Map<string, Identity>();
    const text = projectOfMark(mark) === null ? '' : orElse(() => readRegularText(join(place(), mark)), '');
    for (const line of text.split('\n')) {
      const match = /^(\d+) (\d+)$/.exec(line);
      if (match) entries.set(line, { pid: Number(match[1]), started: Number(match[2]) });
    }
    known.set(mark, entries);
    return entries;
  };
  return {
    listOf: (mark) => [...load(mark).values()],
    add(mark, found) {
      const entries = load(mark);
      const lines = found.map(({ pid, started }) => ({ text: `${pid} ${started}`, identity: { pid, started } }));
      const fresh = lines.filter(({ text }) => !entries.has(text));
      if (fresh.length === 0 || projectOfMark(mark) === null) return;
      for (const { text, identity } of fresh) entries.set(text, identity);
      const folder = place();
      mkdirSync(folder, { recursive: true });
      appendRegular(join(folder, mark), fresh.map(({ text }) => `${text}\n`).join(''), 0o644);
    },
    keep(marks) {
      for (const mark of known.keys()) if (!marks.has(mark)) known.delete(mark);
      try {
        const folder = place();
        const isOver = (name: string): boolean => !marks.has(name) && projectOfMark(name) !== null;
        if (isOwnFolder(folder)) for (const name of readdirSync(folder).filter(isOver)) unlinkSync(join(folder, name));
      } catch {
        // Nothing was written down yet.
      }
    },
  };
}
