/** The start and the end of a command of `run`. */
import type { Environment } from '../environment.ts';
import type { LeaseId } from '../model/ids.ts';
import { type Containment, leaseSize } from '../model/lease.ts';
import type { ProcessRef } from '../model/process-ref.ts';
import { type State, withLease } from '../model/state.ts';
import { learnMemory } from '../schedule/memory.ts';
import { findLease, removeLease } from '../settle/nesting.ts';

export interface StartRunCommand {
  readonly kind: 'start-run';
  readonly lease: LeaseId;
  /** Mark of the run, as its wrapper knows it. */
  readonly mark: string;
  readonly root: ProcessRef;
  /** Containment that was achieved. */
  readonly containment: Containment;
  readonly folder: string | null;
}

export interface EndRunCommand {
  readonly kind: 'end-run';
  readonly lease: LeaseId;
  /** Peak memory of the process tree; null if the tree ended before the first look. */
  readonly peakMemoryBytes: number | null;
}

/** Records the command as the first agent of the lease; the start also confirms the grant. */
export function startRun(state: State, { lease: id, root, containment, folder }: StartRunCommand): State {
  const lease = findLease(state.leases, id);
  if (!lease) return state;
  return withLease(state, lease, {
    ...lease,
    ticket: null,
    waiter: null,
    agents: lease.agents.map((agent, at) => (at === 0 ? { ...agent, pid: root.pid } : agent)),
    run: lease.run === null ? null : { ...lease.run, root, containment, folder },
  });
}

/**
 * Gives the slots back and learns the memory need; a second call changes nothing. If the lease is being ended, processes
 * of the tree may outlive the command, so that ending gives the slots back.
 */
export function endRun(state: State, env: Environment, { lease: id, peakMemoryBytes }: EndRunCommand): State {
  const lease = findLease(state.leases, id);
  if (!lease) return state;
  const learnedMemory =
    peakMemoryBytes === null
      ? state.learnedMemory
      : learnMemory(
          state.learnedMemory,
          lease.project,
          peakMemoryBytes,
          leaseSize(lease),
          env.settings.slotMemoryBytes,
        );
  const leases = lease.ending === null ? removeLease(state.leases, id) : state.leases;
  return leases === state.leases && learnedMemory === state.learnedMemory ? state : { ...state, leases, learnedMemory };
}
