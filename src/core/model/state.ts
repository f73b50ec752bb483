import type { Budgets } from './budget.ts';
import { NO_BUDGETS } from './budget.ts';
import type { ProjectKey } from './ids.ts';
import { projectKey } from './ids.ts';
import type { Instant } from './instants.ts';
import type { Lease } from './lease.ts';
import type { ProcessRef } from './process-ref.ts';
import type { QueueEntry } from './queue-entry.ts';
import type { Session } from './session.ts';

/** The format of slots.yaml that this version writes. */
export const FORMAT_VERSION = 1;

export type Health = 'healthy' | 'degraded' | 'critical';

/** The machine as last sampled; every figure is null until someone has sampled it. */
export interface VmState {
  readonly cpuPercent: number | null;
  readonly memoryPercent: number | null;
  readonly loadAverage: number | null;
  readonly diskUsagePercent: number | null;
  readonly health: Health | null;
  /** Why the health is what it is, in words; null while healthy. */
  readonly reason: string | null;
  /** Memory that was to be had, in bytes. */
  readonly memoryAvailableBytes: number | null;
  /** Since when every sample has been at least degraded, by the marks for entering. */
  readonly strainedSince: Instant | null;
  /** Since when every sample has been critical, and how many there were. */
  readonly criticalSince: Instant | null;
  readonly criticalSamples: number;
  /** Since when every sample has been better than the health that counts, by the marks for leaving. */
  readonly calmSince: Instant | null;
  /** When capacity was last reduced or raised. */
  readonly steppedAt: Instant | null;
  /** When the last process tree was ended for the machine's sake. */
  readonly reapedAt: Instant | null;
  /** What health allows of `maxSlots`; null means all of it. */
  readonly effectiveMaxSlots: number | null;
  readonly sampledAt: Instant | null;
}

export interface VmLimits {
  readonly maxCpuPercent: number | null;
  readonly maxMemoryPercent: number | null;
  readonly maxLoadAverage: number | null;
  readonly maxDiskPercent: number | null;
}

/**
 * All that decisions are made from. What a person wrote beside it (comments, unknown keys, layout) stays in the
 * document that the store keeps.
 */
export interface State {
  /** Format of the file it was read from. */
  readonly version: number;
  readonly maxSlots: number;
  readonly vmLimits: VmLimits;
  readonly vmState: VmState;
  readonly leases: readonly Lease[];
  readonly queue: readonly QueueEntry[];
  /** Numbers the next lease or ticket; never reused, so an old id can never name a new lease. */
  readonly nextId: number;
  readonly lastGrantAt: Instant | null;
  /** Project spellings that are known, with zero or more slots: the keys of `slot_allocation`. */
  readonly knownProjects: readonly string[];
  /** The monitor that is running, as far as the file knows. */
  readonly monitor: ProcessRef | null;
  /** What one slot of a project has been seen to need, in bytes. */
  readonly learnedMemory: ReadonlyMap<ProjectKey, number>;
  /** How long a lease of a project usually lasts, in milliseconds. */
  readonly learnedDuration: ReadonlyMap<ProjectKey, number>;
  readonly budgets: Budgets;
  /** Sessions of agent programs that are at work. */
  readonly sessions: readonly Session[];
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

/** A machine on which nothing has happened yet, without limits. */
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
});

/** Slots given out of the pool: the sum of the leases, never counted beside them. */
export const usedSlots = (state: State): number => state.leases.reduce((sum, lease) => sum + lease.slots, 0);

/** Slots set aside for open offers. */
export const offeredSlots = (state: State): number => state.queue.reduce((sum, entry) => sum + entry.offeredSlots, 0);

/** What may be in use at once now: `max_slots`, or less when health says so. */
export const effectiveMaxSlots = (state: State): number =>
  Math.min(state.maxSlots, state.vmState.effectiveMaxSlots ?? state.maxSlots);

/** Slots per project as spelled; a long list has few spellings, and folding each lease's name would cost more. */
function slotsBySpelling(leases: readonly Lease[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { project, slots } of leases) sums.set(project, (sums.get(project) ?? 0) + slots);
  return sums;
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

/** `slot_allocation` as it must stand in the file: every known project, each with the sum of its leases. */
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
