/** Remembers the last answers of hooks: one small file for each agent, beside the state. A lost answer is repeated. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import type { LastAnswer } from '../../core/hooks/last-answer.ts';
import { ACTIONS, budgetKey } from '../../core/model/budget.ts';
import { WEEK_MS } from '../../core/model/instants.ts';
import { replaceFile } from '../../files/atomic.ts';
import { ownPlace } from '../../files/own-folder.ts';
import { MOST_BYTES, readRegularText } from '../../files/regular-file.ts';
import { removeOld } from '../../files/sweep.ts';

const KEEP_MS = WEEK_MS;

/** File name of a line; a digest, because a line may be longer than a file name. */
const stem = (line: string): string => digestOf(budgetKey(line));

export function openMemory(dir: string) {
  /** Throws system errors. */
  const place = (): string => join(ownPlace(dir), `hooks-${process.geteuid?.() ?? 0}`);
  const fileOf = (line: string): string => `${stem(line)}.json`;
  return {
    last(line: string): LastAnswer | null {
      try {
        const { action, paused_for: pausedFor } = JSON.parse(
          readRegularText(join(place(), fileOf(line)), MOST_BYTES.small),
        );
        const known = ACTIONS.find((name) => name === action);
        return known === undefined ? null : { action: known, pausedFor: Number.isFinite(pausedFor) ? pausedFor : null };
      } catch {
        return null;
      }
    },
    keep(line: string, { action, pausedFor }: LastAnswer): void {
      try {
        const folder = place();
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const text = JSON.stringify({ action, paused_for: pausedFor });
        replaceFile(join(folder, fileOf(line)), Buffer.from(text), { mode: 0o600 });
        // Few sessions clean up, for all sessions.
        if (stem(line).startsWith('1')) removeOld(folder, KEEP_MS, () => true);
      } catch {
        // The answer is repeated.
      }
    },
  };
}
