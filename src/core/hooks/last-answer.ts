import type { Action } from '../model/budget.ts';
import type { Instant } from '../model/instants.ts';

/** The last answer to a line of work, so that not every single tool call is warned or held back. */
export interface LastAnswer {
  readonly action: Action;
  /** The report after which it paused, or when it last asked for a slot in vain. */
  readonly pausedFor: Instant | null;
}
