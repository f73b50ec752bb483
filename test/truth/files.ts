/** Reads a state folder with nothing of the product: slots.yaml, config.yaml and the lines of the history. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A value of a file, read without a check. */
// biome-ignore lint/suspicious/noExplicitAny: The files are read as they are.
export type Raw = any;

export interface Event {
  readonly at: number;
  readonly kind: string;
  readonly [key: string]: Raw;
}

/** Everything that a screen may rest on, at one moment. */
export interface Files {
  readonly now: number;
  readonly slots: Raw;
  readonly config: Raw;
  readonly events: readonly Event[];
}

function eventsIn(folder: string): Event[] {
  if (!existsSync(folder)) return [];
  const events: Event[] = [];
  for (const name of readdirSync(folder).sort()) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      try {
        const event = JSON.parse(line);
        events.push({ ...event, at: Date.parse(event.at) });
      } catch {
        // A half-written line says nothing.
      }
    }
  }
  return events;
}

export function filesIn(dir: string, now: number): Files {
  return {
    now,
    slots: parse(readFileSync(join(dir, 'slots.yaml'), 'utf8')),
    config: parse(readFileSync(join(dir, 'config.yaml'), 'utf8')) ?? {},
    events: eventsIn(join(dir, 'history')),
  };
}
