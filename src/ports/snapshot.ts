import type { Environment } from '../core/environment.ts';
import type { CoreEvent } from '../core/event.ts';
import type { State } from '../core/model/state.ts';
import type { Outcome } from '../core/transition.ts';

/** A state with the environment to decide on it or to show it. It holds no lock. */
export interface Snapshot {
  readonly state: State;
  readonly environment: Environment;
  /** True when settling now would change the file: a process died, or a time is up. */
  readonly isDue: boolean;
  /** Contradictions between the file and its own leases that were repaired, in words. */
  readonly repairs: readonly string[];
}

export interface Committed extends Snapshot {
  readonly outcome: Outcome;
  readonly events: readonly CoreEvent[];
}
