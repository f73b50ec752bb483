/** Makes the state from the values of slots.yaml. A value of a wrong shape throws ShapeError with its path. */
import { type Budgets, NO_BUDGETS } from '../../core/model/budget.ts';
import { idNumber, type ProjectKey, projectKey } from '../../core/model/ids.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { QueueEntry } from '../../core/model/queue-entry.ts';
import type { Session } from '../../core/model/session.ts';
import type { BootClock, Health, State, VmLimits, VmState } from '../../core/model/state.ts';
import { type RawMap, ShapeError } from '../../core/shape.ts';
import type { RecordCodec } from './codec.ts';
import {
  bigCount,
  checked,
  count,
  mapOf,
  number,
  oneOf,
  optional,
  orNull,
  record,
  text,
  time,
  usual,
  words,
} from './codec.ts';
import { PROCESS } from './process-record.ts';
import { PROJECT } from './records.ts';
import type { Scalar } from './splice.ts';

const MAX_SLOTS = 100_000;

const percent = checked(number, (value) => value >= 0 && value <= 100, 'a percentage from 0 to 100');

/** `{ max_load_average: 1,5 }` is a limit of 1, and a key 5 without a value. */
function withoutComma(codec: RecordCodec<VmLimits>): RecordCodec<VmLimits> {
  return {
    ...codec,
    read(value) {
      const limits = codec.read(value);
      const cut = Object.entries(value as RawMap).find(([key, part]) => /^\d+$/.test(key) && part === null);
      if (cut !== undefined) throw new ShapeError([], 'a point before a fraction, as in 1.5', `,${cut[0]}`);
      return limits;
    },
  };
}

const LIMITS = record<VmLimits>({
  maxCpuPercent: ['max_cpu_percent', orNull(percent)],
  maxMemoryPercent: ['max_memory_percent', orNull(percent)],
  maxLoadAverage: ['max_load_average', orNull(checked(number, (value) => value >= 0, 'a number from 0 up'))],
  maxDiskPercent: ['max_disk_percent', orNull(percent)],
});

const VM_LIMITS = withoutComma(LIMITS);

const VM_STATE = record<VmState>({
  cpuPercent: ['cpu_percent', orNull(number)],
  memoryPercent: ['memory_percent', orNull(number)],
  loadAverage: ['load_average', orNull(number)],
  diskUsagePercent: ['disk_usage_percent', orNull(number)],
  health: ['health', orNull(oneOf<Health>(['healthy', 'degraded', 'critical']))],
  effectiveMaxSlots: ['effective_max_slots', orNull(bigCount(0, MAX_SLOTS))],
  sampledAt: ['sampled_at', orNull(time)],
  reason: ['reason', orNull(words)],
  memoryAvailableBytes: ['memory_available', orNull(bigCount())],
  strainedSince: ['strained_since', orNull(time)],
  criticalSince: ['critical_since', orNull(time)],
  criticalSamples: ['critical_samples', { read: usual(bigCount(), 0).read, write: (samples) => samples || null }],
  calmSince: ['calm_since', orNull(time)],
  steppedAt: ['stepped_at', orNull(time)],
  reapedAt: ['reaped_at', orNull(time)],
});

/** The keys of `vm_state` in the file. */
export const vmStateFields = (vm: VmState): Map<string, Scalar> =>
  new Map(Object.entries(VM_STATE.write(vm) as Record<string, Scalar>));

export const CLOCK = record<BootClock>({ boot: ['boot', text()], at: ['at', time] });

/** Sums of the leases' slots, which a person may have written larger than any pool. */
const slotsByProject = mapOf(PROJECT, bigCount());
const countsByProject = mapOf(PROJECT, bigCount());
const NO_COUNTS: ReadonlyMap<string, number> = new Map();

const STATED_VERSION = ['version', usual(count(), 0)] as const;

const STATED = record({
  version: STATED_VERSION,
  maxSlots: ['max_slots', bigCount(0, MAX_SLOTS)],
  vmLimits: ['vm_limits', usual(VM_LIMITS, VM_LIMITS.read({}))],
  vmState: ['vm_state', usual(VM_STATE, VM_STATE.read({}))],
  nextId: ['next_id', usual(bigCount(), 1)],
  lastGrantAt: ['last_grant_at', optional(time)],
  monitor: ['monitor', optional(PROCESS)],
  clock: ['clock', optional(CLOCK)],
  allocation: ['slot_allocation', usual(slotsByProject, NO_COUNTS)],
  learnedMemory: ['learned_memory', usual(countsByProject, NO_COUNTS)],
  learnedSeconds: ['learned_duration', usual(countsByProject, NO_COUNTS)],
});

/** The top-level keys that are no lists. */
export const STATED_KEYS = STATED.keys;

/** Number of the next lease or ticket, at least one above the highest number in the file. */
function nextId(stated: number, leases: readonly Lease[], queue: readonly QueueEntry[]): number {
  let highest = 0;
  for (const { id, ticket } of leases) {
    highest = Math.max(highest, idNumber(id), ticket === null ? 0 : idNumber(ticket));
  }
  for (const { ticket } of queue) highest = Math.max(highest, idNumber(ticket));
  return Math.max(stated, highest + 1);
}

/** The keys of `learned_duration` in the file, in seconds. */
export const durationFields = ({ learnedDuration: learned }: State): Map<string, number> =>
  new Map([...learned].map(([project, ms]) => [project, ms / 1000]));

/** The records of the file's lists. */
export interface StateRecords {
  readonly leases: readonly Lease[];
  readonly queue: readonly QueueEntry[];
  readonly budgets: Budgets;
  readonly sessions: readonly Session[];
}

/** Format version of the file; 0 without one. */
export const versionIn = record({ version: STATED_VERSION }).read;

const learned = (counts: ReadonlyMap<string, number>, unit: number): Map<ProjectKey, number> =>
  new Map([...counts].map(([name, stated]) => [projectKey(name), stated * unit]));

/** Reads the values of some top-level keys that are no lists. Throws ShapeError. */
export const readStated = (values: RawMap): void => void STATED.read({ max_slots: 0, ...values });

/** State in the file, and `slot_allocation`, which is only compared with the leases. */
export function readState(values: RawMap, { leases, queue, budgets, sessions }: StateRecords) {
  const { allocation, learnedMemory, learnedSeconds, ...stated } = STATED.read(values);
  const state: State = {
    ...stated,
    leases,
    queue,
    nextId: nextId(stated.nextId, leases, queue),
    knownProjects: [...allocation.keys()],
    learnedMemory: learned(learnedMemory, 1),
    learnedDuration: learned(learnedSeconds, 1000),
    budgets: budgets.agents.length + budgets.workflows.length === 0 ? NO_BUDGETS : budgets,
    sessions,
  };
  return { state, allocation };
}
