import type { History, Reaper, Store } from '../context.ts';
import type { MachineSample } from '../core/health/sample.ts';
import type { Instant } from '../core/model/instants.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';

/** What a monitor works with. */
export interface Parts {
  readonly store: Store;
  readonly reaper: Reaper;
  readonly history: History;
  readonly self: ProcessRef;
  readonly now: () => Instant;
  readonly sample: () => Promise<MachineSample>;
  /** One line about what happened. */
  readonly say: (line: string) => void;
  /** Samples and decides, and does nothing. */
  readonly isDryRun: boolean;
  /** Ends no process. */
  readonly noKill: boolean;
}
