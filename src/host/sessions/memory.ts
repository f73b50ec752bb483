/** What hooks have said to whom already: a small file each, beside the state. Lost, it is said again. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIONS } from '../../core/budget/level.ts';
import type { Told } from '../../core/hooks/told.ts';
import { budgetKey } from '../../core/model/budget.ts';

export function openMemory(dir: string) {
  const folder = join(dir, `hooks-${process.getuid?.() ?? 0}`);
  const pathOf = (agent: string): string => join(folder, `${encodeURIComponent(budgetKey(agent))}.json`);
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
      } catch {
        // Then it is said again.
      }
    },
  };
}
