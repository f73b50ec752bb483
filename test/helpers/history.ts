/** A synthetic history: files as the product writes them, and records as it reads them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptRecord } from '../../src/core/model/record.ts';
import { later } from './state.ts';

export const kept = (atSeconds: number, kind: string, more: Record<string, unknown> = {}): KeptRecord => ({
  at: later(atSeconds * 1000),
  kind,
  ...more,
});

let nextId = 1;

/** Three records of a request that waits, then holds slots; times in seconds. */
export function served(
  atSeconds: number,
  project: string,
  slots: number,
  waited: number,
  held: number,
  more: Record<string, unknown> = {},
): KeptRecord[] {
  const id = nextId++;
  const [lease, ticket] = [`L${id}`, `T${id}`];
  return [
    kept(atSeconds, 'queued', { project, ticket, slots, min_slots: slots }),
    kept(atSeconds + waited, 'granted', {
      project,
      lease,
      slots,
      requested: slots,
      min_slots: slots,
      waited_seconds: waited,
      ticket,
      ...more,
    }),
    kept(atSeconds + waited + held, 'released', { project, lease, slots, held_seconds: held }),
  ];
}

export const inOrder = (records: readonly KeptRecord[]): KeptRecord[] => [...records].sort((a, b) => a.at - b.at);

/** Writes the records into the history of a state. */
export function writeHistory(dir: string, records: readonly KeptRecord[]): void {
  const folder = join(dir, 'history');
  mkdirSync(folder, { recursive: true });
  const days = new Map<string, string[]>();
  for (const { at, kind, ...rest } of inOrder(records)) {
    const instant = new Date(at).toISOString();
    const lines = days.get(instant.slice(0, 10)) ?? [];
    lines.push(JSON.stringify({ at: instant, kind, ...rest }));
    days.set(instant.slice(0, 10), lines);
  }
  for (const [day, lines] of days) writeFileSync(join(folder, `${day}.jsonl`), `${lines.join('\n')}\n`);
}
