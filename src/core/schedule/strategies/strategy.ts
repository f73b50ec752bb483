import type { Environment } from '../../environment.ts';
import type { ProjectKey } from '../../model/ids.ts';
import type { QueueEntry } from '../../model/queue-entry.ts';
import type { State } from '../../model/state.ts';

export interface StrategyView {
  readonly state: State;
  readonly env: Environment;
  /** Slots a project holds, counting open offers. */
  readonly held: (key: ProjectKey) => number;
}

/** Who in the queue is granted next. Each is a total order: the last key is always arrival. */
export interface Strategy {
  /** Whether a request that fits may go before one that does not, until `drain_after`. */
  readonly overtakes: boolean;
  /** The queue, best first. `arrivals` is in order of arrival. */
  order(arrivals: readonly QueueEntry[], view: StrategyView): QueueEntry[];
  /** The most each project should hold while the queue asks for more than is free; null when there is no such cap. */
  entitlements(arrivals: readonly QueueEntry[], view: StrategyView): ReadonlyMap<ProjectKey, number> | null;
}
