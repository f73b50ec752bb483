/** Commands that a transaction has carried out. */
import type { CoreEvent } from '../core/event.ts';
import type { State } from '../core/model/state.ts';
import type { Command } from '../core/transition.ts';
import type { Committed } from '../ports/snapshot.ts';

export interface AppliedCommand {
  readonly before: State;
  readonly command: Command;
  readonly committed: Committed;
}

/** The commands, with these events before those of the first. */
export const withEvents = (
  [first, ...others]: readonly AppliedCommand[],
  events: readonly CoreEvent[],
): readonly AppliedCommand[] => {
  if (first === undefined) return [];
  const { committed } = first;
  return [{ ...first, committed: { ...committed, events: [...events, ...committed.events] } }, ...others];
};
