import { type Budgets, NO_BUDGETS } from './budget.ts';
import { type ProjectKey, projectKey } from './ids.ts';
import type { Instant } from './instants.ts';
import type { Lease } from './lease.ts';
import type { ProcessRef } from './process-ref.ts';
import type { QueueEntry } from './queue-entry.ts';
import type { Session } from './session.ts';

/** The format of slots.yaml that this version writes. */
export const FORMAT_VERSION = 1;

export type Health = 'healthy' | 'degraded' | 'critical';

/** The last sample of the machine; every figure is null before the first sample. */
export interface VmState {
  readonly cpuPercent: number | null;
  readonly memoryPercent: number | null;
  readonly loadAverage: number | null;
  readonly diskUsagePercent: number | null;
  readonly health: Health | null;
  /** Cause of the health in words; null while healthy. */
  readonly reason: string | null;
  /** Available memory in bytes. */
  readonly memoryAvailableBytes: number | null;
  /** Start of the series of samples that are at least degraded, by the limits for entering. */
  readonly strainedSince: Instant | null;
  /** Start of the series of critical samples, and their number. */
  readonly criticalSince: Instant | null;
  readonly criticalSamples: number;
  /** Start of the series of samples that are better than `health`, by the limits for leaving. */
  readonly calmSince: Instant | null;
  /** Last time that the capacity was reduced or raised. */
  readonly steppedAt: Instant | null;
  /** Last time that a process tree was ended because the machine ran short. */
  readonly reapedAt: Instant | null;
  /** Part of `maxSlots` that the health allows; null means all. */
  readonly effectiveMaxSlots: number | null;
  readonly sampledAt: Instant | null;
}

export interface VmLimits {
  readonly maxCpuPercent: number | null;
  readonly maxMemoryPercent: number | null;
  readonly maxLoadAverage: number | null;
  readonly maxDiskPercent: number | null;
}

/** The wall clock as it stood when the state was written. */
export interface BootClock {
  /** The machine's boot, as in `ProcessRef`. */
  readonly boot: string;
  /** The beginning of that boot by the wall clock. It moves only when somebody sets the clock. */
  readonly at: Instant;
}

/**
 * The state that decisions use. Comments, unknown keys and layout written by a person stay in the document that the
 * store keeps.
 */
export interface State {
  /** Format of the file it was read from. */
  readonly version: number;
  readonly maxSlots: number;
  readonly vmLimits: VmLimits;
  readonly vmState: VmState;
  readonly leases: readonly Lease[];
  readonly queue: readonly QueueEntry[];
  /** Number of the next lease or ticket; never reused, so an old id cannot name a new lease. */
  readonly nextId: number;
  readonly lastGrantAt: Instant | null;
  /** Known project spellings, with zero or more slots: the keys of `slot_allocation`. */
  readonly knownProjects: readonly string[];
  /** The running monitor, as far as the file knows. */
  readonly monitor: ProcessRef | null;
  /** Learned need of one slot of each project, in bytes. */
  readonly learnedMemory: ReadonlyMap<ProjectKey, number>;
  /** Usual duration of a lease of each project, in milliseconds. */
  readonly learnedDuration: ReadonlyMap<ProjectKey, number>;
  readonly budgets: Budgets;
  /** Sessions of agent programs. */
  readonly sessions: readonly Session[];
  /** The clock that all instants are by; null if no commit has recorded one. */
  readonly clock: BootClock | null;
}

export const EMPTY_VM_STATE: VmState = {
  cpuPercent: null,
  memoryPercent: null,
  loadAverage: null,
  diskUsagePercent: null,
  health: null,
  reason: null,
  memoryAvailableBytes: null,
  strainedSince: null,
  criticalSince: null,
  criticalSamples: 0,
  calmSince: null,
  steppedAt: null,
  reapedAt: null,
  effectiveMaxSlots: null,
  sampledAt: null,
};

/** A state without leases, requests and limits. */
export const emptyState = (maxSlots: number): State => ({
  version: FORMAT_VERSION,
  maxSlots,
  vmLimits: { maxCpuPercent: null, maxMemoryPercent: null, maxLoadAverage: null, maxDiskPercent: null },
  vmState: EMPTY_VM_STATE,
  leases: [],
  queue: [],
  nextId: 1,
  lastGrantAt: null,
  knownProjects: [],
  monitor: null,
  learnedMemory: new Map(),
  learnedDuration: new Map(),
  budgets: NO_BUDGETS,
  sessions: [],
  clock: null,
});

/** The state with `after` instead of the lease `before`, which is one of its leases. */
export const withLease = (state: State, before: Lease, after: Lease): State => ({
  ...state,
  leases: state.leases.map((lease) => (lease === before ? after : lease)),
});

/** Slots in use: the sum over the leases; it is never stored. */
export const usedSlots = (state: State): number => state.leases.reduce((sum, lease) => sum + lease.slots, 0);

/** Slots set aside for open offers. */
export const offeredSlots = (state: State): number => state.queue.reduce((sum, entry) => sum + entry.offeredSlots, 0);

/** Most slots that may be in use now: `max_slots`, or less while the machine is strained. */
export const effectiveMaxSlots = (state: State): number =>
  Math.min(state.maxSlots, state.vmState.effectiveMaxSlots ?? state.maxSlots);

/** Slots per project spelling; a long list has few spellings, so this costs less than folding the name of each lease. */
function slotsBySpelling(leases: readonly Lease[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { project, slots } of leases) sums.set(project, (sums.get(project) ?? 0) + slots);
  return sums;
}

/** Leases per project, by folded name. */
export function leasesByProject(leases: readonly Lease[]): Map<ProjectKey, Lease[]> {
  const byProject = new Map<ProjectKey, Lease[]>();
  for (const lease of leases) {
    const key = projectKey(lease.project);
    const own = byProject.get(key);
    if (own) own.push(lease);
    else byProject.set(key, [lease]);
  }
  return byProject;
}

/** Slots per project, by folded name. */
export function slotsByProject(leases: readonly Lease[]): Map<ProjectKey, number> {
  const sums = new Map<ProjectKey, number>();
  for (const [name, slots] of slotsBySpelling(leases)) {
    const key = projectKey(name);
    sums.set(key, (sums.get(key) ?? 0) + slots);
  }
  return sums;
}

/** Content of `slot_allocation`: every known project with the sum of its leases. */
export function slotAllocation(state: State): Map<string, number> {
  const sums = slotsByProject(state.leases);
  const allocation = new Map<string, number>();
  const seen = new Set<ProjectKey>();
  for (const name of [...state.knownProjects, ...slotsBySpelling(state.leases).keys()]) {
    const key = projectKey(name);
    if (seen.has(key)) continue;
    seen.add(key);
    allocation.set(name, sums.get(key) ?? 0);
  }
  return allocation;
}
