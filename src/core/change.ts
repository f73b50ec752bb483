import type { CoreEvent } from './event.ts';
import type { State } from './model/state.ts';

/** A state, and the events that led to it. */
export interface Change {
  readonly state: State;
  readonly events: readonly CoreEvent[];
}

/** A change without events. */
export const quiet = (state: State): Change => ({ state, events: [] });
