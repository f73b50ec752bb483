import type { Environment } from '../../environment.ts';
import type { ProjectKey } from '../../model/ids.ts';
import type { QueueEntry } from '../../model/queue-entry.ts';
import type { State } from '../../model/state.ts';

export interface StrategyView {
  readonly state: State;
  readonly env: Environment;
  /** Slots a project holds, including open offers. */
  readonly held: (key: ProjectKey) => number;
}

/** A strategy decides which request is granted next. Each is a total order; the last key is arrival. */
export interface Strategy {
  /** True if a request that fits may overtake one that does not, until `drain_after`. */
  readonly overtakes: boolean;
  /** Orders the queue, best first; `arrivals` is in order of arrival. */
  order(arrivals: readonly QueueEntry[], view: StrategyView): QueueEntry[];
  /** Most slots each project should hold while requests exceed the free slots; null without such a cap. */
  entitlements(arrivals: readonly QueueEntry[], view: StrategyView): ReadonlyMap<ProjectKey, number> | null;
}
