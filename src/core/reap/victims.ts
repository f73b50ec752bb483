/**
 * Order in which leases are ended when the machine runs short: lowest project priority; memory above the declared or
 * learned need; marked as retriable; newest; largest; then by id. Leases that would free almost no memory, and leases
 * without a process that may be ended, are no candidates.
 */
import type { Environment } from '../environment.ts';
import { idNumber } from '../model/ids.ts';
import type { Lease } from '../model/lease.ts';
import type { State } from '../model/state.ts';
import { slotNeedBytes } from '../schedule/memory.ts';
import { projectPriority } from '../settings/settings.ts';

/** Processes and memory found for one lease. */
export interface Measured {
  readonly lease: Lease;
  readonly memoryBytes: number;
  /** Processes that may be ended. */
  readonly processes: number;
}

export interface Candidate extends Measured {
  readonly priority: number;
  readonly expectedBytes: number;
  readonly isOver: boolean;
  /** Cause for which the lease is no candidate, or null. */
  readonly excluded: string | null;
}

function candidate(state: State, env: Environment, measured: Measured): Candidate {
  const { lease, memoryBytes, processes } = measured;
  const slots = lease.slots + lease.within;
  const expectedBytes = slotNeedBytes(state, env, lease, slots) * slots;
  const excluded =
    processes === 0
      ? 'nothing of it may be ended'
      : memoryBytes < env.settings.monitor.leastReclaimBytes
        ? 'it would free too little'
        : null;
  const isOver = expectedBytes > 0 && memoryBytes > expectedBytes;
  return { ...measured, priority: projectPriority(env.settings, lease.project), expectedBytes, isOver, excluded };
}

const first = (isFirst: boolean): number => (isFirst ? 0 : 1);

function compare(a: Candidate, b: Candidate): number {
  return (
    first(a.excluded === null) - first(b.excluded === null) ||
    a.priority - b.priority ||
    first(a.isOver) - first(b.isOver) ||
    first(a.lease.run?.isRetriable === true) - first(b.lease.run?.isRetriable === true) ||
    (b.lease.acquiredAt ?? 0) - (a.lease.acquiredAt ?? 0) ||
    b.memoryBytes - a.memoryBytes ||
    idNumber(b.lease.id) - idNumber(a.lease.id) ||
    (a.lease.id < b.lease.id ? -1 : 1)
  );
}

/** All surveyed leases, the first victim first; leases that are no candidates come last. */
export const rankVictims = (state: State, env: Environment, measured: readonly Measured[]): readonly Candidate[] =>
  measured.map((one) => candidate(state, env, one)).sort(compare);
