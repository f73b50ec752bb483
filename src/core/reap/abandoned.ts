import { type Environment, isDead } from '../environment.ts';
import { isBeingEnded, type Lease } from '../model/lease.ts';
import type { State } from '../model/state.ts';

/**
 * Runs with a dead wrapper whose command lives or may live: no process passes signals on or waits for the command any
 * more.
 */
export const abandonedRuns = (state: State, env: Environment): readonly Lease[] =>
  state.leases.filter(
    ({ run, holder }) =>
      run !== null && (run.root === null || !isDead(env, run.root)) && holder !== null && isDead(env, holder),
  );

/** Leases with a recorded ending that was never carried out: the process that began it is gone, or failed. */
export const unfinishedEndings = (state: State, env: Environment): readonly Lease[] =>
  state.leases.filter(({ ending }) => ending !== null && !isBeingEnded(ending, env.now));

/** Leases that the previous monitor was ending when it was killed. */
export const interruptedReaping = ({ leases, vmState }: State): readonly Lease[] =>
  leases.filter(({ ending }) => ending !== null && ending.since === vmState.reapedAt);
