import type { Environment } from '../environment.ts';
import { isDead } from '../environment.ts';
import type { Lease } from '../model/lease.ts';
import type { State } from '../model/state.ts';

/** Runs whose wrapper is gone while the command lives: nobody passes on its signals or waits for it any more. */
export const abandonedRuns = (state: State, env: Environment): readonly Lease[] =>
  state.leases.filter(
    ({ run, holder }) =>
      run !== null && run.root !== null && !isDead(env, run.root) && holder !== null && isDead(env, holder),
  );
