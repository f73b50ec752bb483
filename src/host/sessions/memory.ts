/** What hooks have said to whom already: a small file each, beside the state. Lost, it is said again. */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIONS } from '../../core/budget/level.ts';
import type { Told } from '../../core/hooks/told.ts';
import { budgetKey } from '../../core/model/budget.ts';

/** FNV-1a, twice: names may be longer than a file's may be. */
function digest(text: string): string {
  let [low, high] = [0x811c9dc5, 0x01000193];
  for (let at = 0; at < text.length; at += 1) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ low, 0x85ebca6b) + at;
  }
  return `${(low >>> 0).toString(36)}-${(high >>> 0).toString(36)}`;
}

const KEEP_MS = 7 * 86_400_000;

function forgetOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > KEEP_MS) unlinkSync(path);
  }
}

export function openMemory(dir: string) {
  const folder = join(dir, `hooks-${process.getuid?.() ?? 0}`);
  const pathOf = (line: string): string => join(folder, `${digest(budgetKey(line))}.json`);
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
        if (digest(budgetKey(agent)).startsWith('1')) forgetOld(folder);
      } catch {
        // Then it is said again.
      }
    },
  };
}
