/** Prints an answer as one JSON document or as text. Notes go to standard error; --quiet suppresses them. */

import type { CoreEvent } from '../core/event.ts';
import type { Context } from '../ports/context.ts';
import { eventText } from '../render/event.ts';
import type { Typed } from './command.ts';
import { has } from './values.ts';

interface Answer {
  readonly json: () => object;
  readonly text: () => string;
}

/** Renders only the form that the options ask for. */
export function answer(typed: Typed, context: Context, { json, text }: Answer): void {
  context.out.answer(has(typed, 'json') ? JSON.stringify(json()) : text());
}

export function note(typed: Typed, context: Context, text: string): void {
  if (!has(typed, 'quiet')) context.out.note(text);
}

/** Notes repairs of the state, and under --verbose all other events of the commit. */
export function tellBeside(
  typed: Typed,
  context: Context,
  repairs: readonly string[],
  events: readonly CoreEvent[],
): void {
  for (const repair of repairs) note(typed, context, `note: ${repair}; the leases count`);
  if (has(typed, 'verbose')) for (const event of events) note(typed, context, `note: ${eventText(event)}`);
}
