/** What hooks have said to whom already: a small file each, beside the state. Lost, it is said again. */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import type { Told } from '../../core/hooks/told.ts';
import { ACTIONS, budgetKey } from '../../core/model/budget.ts';
import { WEEK_MS } from '../../core/model/instants.ts';
import { isOwnFolder } from '../../files/own-folder.ts';

const KEEP_MS = WEEK_MS;

/** Names may be longer than a file's may be. */
const stem = (line: string): string => digestOf(budgetKey(line));

function forgetOld(folder: string): void {
  if (!isOwnFolder(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > KEEP_MS) unlinkSync(path);
  }
}

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
        const draft = `${pathOf(agent)}.${process.pid}`;
        writeFileSync(draft, JSON.stringify({ action, paused_for: pausedFor }), { mode: 0o600 });
        renameSync(draft, pathOf(agent));
        // Sessions come and go; some of them clean up behind all.
        if (stem(agent).startsWith('1')) forgetOld(folder);
      } catch {
        // Then it is said again.
      }
    },
  };
}
