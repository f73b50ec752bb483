/** slots.yaml as values → the state the core decides on. Wrong shapes throw ShapeError with the path of the value. */

import type { Budgets } from '../../core/model/budget.ts';
import { NO_BUDGETS } from '../../core/model/budget.ts';
import type { ProjectKey } from '../../core/model/ids.ts';
import { idNumber, isProjectName, projectKey } from '../../core/model/ids.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { QueueEntry } from '../../core/model/queue-entry.ts';
import type { Session } from '../../core/model/session.ts';
import type { Health, State, VmLimits, VmState } from '../../core/model/state.ts';
import type { RawMap } from '../../core/shape.ts';
import { asCount, asInstantMs, asMap, asNumber, optional, ShapeError } from '../../core/shape.ts';
import { processRef } from './records.ts';

const MAX_SLOTS = 100_000;

function number(map: RawMap, section: string, key: string): number | null {
  return optional(map[key], (value) => asNumber(value, [section, key]));
}

function vmLimits(value: unknown): VmLimits {
  const map = value === undefined || value === null ? {} : asMap(value, ['vm_limits']);
  return {
    maxCpuPercent: number(map, 'vm_limits', 'max_cpu_percent'),
    maxMemoryPercent: number(map, 'vm_limits', 'max_memory_percent'),
    maxLoadAverage: number(map, 'vm_limits', 'max_load_average'),
    maxDiskPercent: number(map, 'vm_limits', 'max_disk_percent'),
  };
}

function health(value: unknown): Health {
  if (value === 'healthy' || value === 'degraded' || value === 'critical') return value;
  throw new ShapeError(['vm_state', 'health'], 'healthy, degraded or critical', value);
}

function vmState(value: unknown): VmState {
  const map = value === undefined || value === null ? {} : asMap(value, ['vm_state']);
  const at = (key: string): Instant | null =>
    optional(map[key], (time) => asInstantMs(time, ['vm_state', key]) as Instant);
  const bytes = (key: string): number | null =>
    optional(map[key], (count) => asCount(count, ['vm_state', key], 0, Number.MAX_SAFE_INTEGER));
  return {
    cpuPercent: number(map, 'vm_state', 'cpu_percent'),
    memoryPercent: number(map, 'vm_state', 'memory_percent'),
    loadAverage: number(map, 'vm_state', 'load_average'),
    diskUsagePercent: number(map, 'vm_state', 'disk_usage_percent'),
    health: optional(map.health, health),
    reason: optional(map.reason, (reason) => String(reason)),
    memoryAvailableBytes: bytes('memory_available'),
    strainedSince: at('strained_since'),
    criticalSince: at('critical_since'),
    criticalSamples: bytes('critical_samples') ?? 0,
    calmSince: at('calm_since'),
    steppedAt: at('stepped_at'),
    reapedAt: at('reaped_at'),
    effectiveMaxSlots: optional(map.effective_max_slots, (count) =>
      asCount(count, ['vm_state', 'effective_max_slots'], 0, MAX_SLOTS),
    ),
    sampledAt: at('sampled_at'),
  };
}

/** `vm_state` as it stands in the file. */
export function vmStateFields(vm: VmState): Map<string, string | number | null> {
  const iso = (at: Instant | null): string | null => (at === null ? null : new Date(at).toISOString());
  const fields: [string, string | number | null][] = [
    ['cpu_percent', vm.cpuPercent],
    ['memory_percent', vm.memoryPercent],
    ['load_average', vm.loadAverage],
    ['disk_usage_percent', vm.diskUsagePercent],
    ['health', vm.health],
    ['effective_max_slots', vm.effectiveMaxSlots],
    ['sampled_at', iso(vm.sampledAt)],
    ['reason', vm.reason],
    ['memory_available', vm.memoryAvailableBytes],
    ['strained_since', iso(vm.strainedSince)],
    ['critical_since', iso(vm.criticalSince)],
    ['critical_samples', vm.criticalSamples === 0 ? null : vm.criticalSamples],
    ['calm_since', iso(vm.calmSince)],
    ['stepped_at', iso(vm.steppedAt)],
    ['reaped_at', iso(vm.reapedAt)],
  ];
  return new Map(fields);
}

/** `slot_allocation` as a person or we left it: never trusted, only compared with the leases. */
export function readAllocation(value: unknown): Map<string, number> {
  if (value === undefined || value === null) return new Map();
  const allocation = new Map<string, number>();
  for (const [name, slots] of Object.entries(asMap(value, ['slot_allocation']))) {
    const path = ['slot_allocation', name];
    if (!isProjectName(name)) throw new ShapeError(path, 'a project name (1 to 64 of A-Z a-z 0-9 . _ -)', name);
    allocation.set(name, asCount(slots, path, 0, MAX_SLOTS));
  }
  return allocation;
}

export function readVersion(value: unknown): number {
  return optional(value, (version) => asCount(version, ['version'])) ?? 0;
}

/** The counter that numbers leases and tickets; a file without it goes on behind its highest number. */
function nextId(value: unknown, leases: readonly Lease[], queue: readonly QueueEntry[]): number {
  let highest = 0;
  for (const { id, ticket } of leases) {
    highest = Math.max(highest, idNumber(id), ticket === null ? 0 : idNumber(ticket));
  }
  for (const { ticket } of queue) highest = Math.max(highest, idNumber(ticket));
  const stated = optional(value, (count) => asCount(count, ['next_id'], 0, Number.MAX_SAFE_INTEGER)) ?? 1;
  return Math.max(stated, highest + 1);
}

/** A count for each project. */
function byProject(value: unknown, section: string): Map<ProjectKey, number> {
  const learned = new Map<ProjectKey, number>();
  if (value === undefined || value === null) return learned;
  for (const [name, count] of Object.entries(asMap(value, [section]))) {
    const path = [section, name];
    if (!isProjectName(name)) throw new ShapeError(path, 'a project name (1 to 64 of A-Z a-z 0-9 . _ -)', name);
    learned.set(projectKey(name), asCount(count, path, 0, Number.MAX_SAFE_INTEGER));
  }
  return learned;
}

function learnedDuration(value: unknown): Map<ProjectKey, number> {
  const seconds = byProject(value, 'learned_duration');
  return new Map([...seconds].map(([project, count]) => [project, count * 1000]));
}

/** `learned_duration` as it stands in the file: seconds. */
export const durationFields = ({ learnedDuration: learned }: State): Map<string, number> =>
  new Map([...learned].map(([project, ms]) => [project, ms / 1000]));

/** What stands in the file's lists. */
export interface StateRecords {
  readonly leases: readonly Lease[];
  readonly queue: readonly QueueEntry[];
  readonly budgets: Budgets;
  readonly sessions: readonly Session[];
}

export function readState(values: RawMap, { leases, queue, budgets, sessions }: StateRecords): State {
  return {
    version: readVersion(values.version),
    maxSlots: asCount(values.max_slots, ['max_slots'], 0, MAX_SLOTS),
    vmLimits: vmLimits(values.vm_limits),
    vmState: vmState(values.vm_state),
    leases,
    queue,
    nextId: nextId(values.next_id, leases, queue),
    lastGrantAt: optional(values.last_grant_at, (at) => asInstantMs(at, ['last_grant_at']) as Instant),
    knownProjects: [...readAllocation(values.slot_allocation).keys()],
    monitor: optional(values.monitor, (ref) => processRef(ref, ['monitor'])),
    learnedMemory: byProject(values.learned_memory, 'learned_memory'),
    learnedDuration: learnedDuration(values.learned_duration),
    budgets: budgets.agents.length + budgets.workflows.length === 0 ? NO_BUDGETS : budgets,
    sessions,
  };
}
