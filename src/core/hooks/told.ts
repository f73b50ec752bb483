import type { Action } from '../model/budget.ts';
import type { Instant } from '../model/instants.ts';

/** What was said to an agent already, so that nothing is said, or waited for, before every single tool call. */
export interface Told {
  readonly action: Action;
  /** The report after which it paused, or when it last asked in vain. */
  readonly pausedFor: Instant | null;
}
