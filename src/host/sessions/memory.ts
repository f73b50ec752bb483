/** What hooks have said to whom already: a small file each, beside the state. Lost, it is said again. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import type { Told } from '../../core/hooks/told.ts';
import { ACTIONS, budgetKey } from '../../core/model/budget.ts';
import { WEEK_MS } from '../../core/model/instants.ts';
import { replaceFile } from '../../files/atomic.ts';
import { removeOld } from '../../files/sweep.ts';

const KEEP_MS = WEEK_MS;

/** Names may be longer than a file's may be. */
const stem = (line: string): string => digestOf(budgetKey(line));

export function openMemory(dir: string) {
  const folder = join(dir, `hooks-${process.getuid?.() ?? 0}`);
  const pathOf = (line: string): string => join(folder, `${stem(line)}.json`);
  return {
    told(agent: string): Told | null {
      try {
        const { action, paused_for: pausedFor } = JSON.parse(readFileSync(pathOf(agent), 'utf8'));
        const known = ACTIONS.find((name) => name === action);
        return known === undefined ? null : { action: known, pausedFor: Number.isFinite(pausedFor) ? pausedFor : null };
      } catch {
        return null;
      }
    },
    keep(agent: string, { action, pausedFor }: Told): void {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const text = JSON.stringify({ action, paused_for: pausedFor });
        replaceFile(pathOf(agent), Buffer.from(text), { mode: 0o600 });
        // Sessions come and go; some of them clean up behind all.
        if (stem(agent).startsWith('1')) removeOld(folder, KEEP_MS, () => true);
      } catch {
        // Then it is said again.
      }
    },
  };
}
