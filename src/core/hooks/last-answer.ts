import type { Action } from '../model/budget.ts';
import type { Instant } from '../model/instants.ts';

/** The last answer to an agent, so that not every tool call is warned or paused. */
export interface LastAnswer {
  readonly action: Action;
  /** Instant of the report that the last pause followed, or of the last refused request for a slot. */
  readonly pausedFor: Instant | null;
}
