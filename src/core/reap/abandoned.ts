import type { Environment } from '../environment.ts';
import { isDead } from '../environment.ts';
import type { Lease } from '../model/lease.ts';
import { isBeingEnded } from '../model/lease.ts';
import type { State } from '../model/state.ts';

/** Runs whose wrapper is gone while the command lives: nobody passes on its signals or waits for it any more. */
export const abandonedRuns = (state: State, env: Environment): readonly Lease[] =>
  state.leases.filter(
    ({ run, holder }) =>
      run !== null && run.root !== null && !isDead(env, run.root) && holder !== null && isDead(env, holder),
  );

/** Leases whose ending was said and never done: whoever was at it is gone, or could not do it. */
export const unfinishedEndings = (state: State, env: Environment): readonly Lease[] =>
  state.leases.filter(({ ending }) => ending !== null && !isBeingEnded(ending, env.now));

/** Leases that the monitor before this one was ending when it was killed. */
export const interruptedReaping = ({ leases, vmState }: State): readonly Lease[] =>
  leases.filter(({ ending }) => ending !== null && ending.since === vmState.reapedAt);
