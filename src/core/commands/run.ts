/** What `run` tells of its command: that it was started, and how it ended. */
import type { Environment } from '../environment.ts';
import type { LeaseId } from '../model/ids.ts';
import type { Containment, Lease } from '../model/lease.ts';
import { leaseSize } from '../model/lease.ts';
import type { ProcessRef } from '../model/process-ref.ts';
import type { State } from '../model/state.ts';
import { learnMemory } from '../schedule/memory.ts';
import { findLease, removeLease } from '../settle/nesting.ts';

export interface StartRunCommand {
  readonly kind: 'start-run';
  readonly lease: LeaseId;
  readonly root: ProcessRef;
  /** What the containment turned out to be. */
  readonly containment: Containment;
  readonly folder: string | null;
}

export interface EndRunCommand {
  readonly kind: 'end-run';
  readonly lease: LeaseId;
  /** Most memory that the tree was seen to use; null when it was over before anyone could look. */
  readonly peakMemoryBytes: number | null;
}

function withLease(state: State, id: LeaseId, change: (lease: Lease) => Lease): State {
  const found = findLease(state.leases, id);
  if (!found) return state;
  return { ...state, leases: state.leases.map((lease) => (lease === found ? change(lease) : lease)) };
}

/** The first agent of the lease is the command; and nobody needs to be told of the lease any more. */
export function startRun(state: State, { lease: id, root, containment, folder }: StartRunCommand): State {
  return withLease(state, id, (lease) => ({
    ...lease,
    ticket: null,
    waiter: null,
    agents: lease.agents.map((agent, at) => (at === 0 ? { ...agent, pid: root.pid } : agent)),
    run: lease.run === null ? null : { ...lease.run, root, containment, folder },
  }));
}

/**
 * Gives the slots back and remembers what they needed; ending it twice is ending it once. A tree that somebody is ending
 * may still be there when the command itself is not, so its slots come back from that one.
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
