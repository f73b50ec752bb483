/**
 * The state as families of metrics: pool, projects, queue, machine, budgets. Names follow the conventions of Prometheus:
 * base units (seconds, bytes, ratios from 0 to 1), `_total` only for counters. Unknown values (null, or a stale sample)
 * have no series. Free text (reasons, commands, pids) is never a label, because each new text would create a series.
 */

import { isPresent } from '../../core/environment.ts';
import { limitsOf } from '../../core/health/limits.ts';
import { type ProjectKey, projectKey } from '../../core/model/ids.ts';
import { elapsedMs, type Instant } from '../../core/model/instants.ts';
import type { Health } from '../../core/model/state.ts';
import { EMPTY_VM_STATE, effectiveMaxSlots, offeredSlots, slotsByProject, usedSlots } from '../../core/model/state.ts';
import { knownProjects } from '../../core/projects.ts';
import { SAMPLE_STALE_MS } from '../../core/settings/health.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { type Family, gauge, type Labels } from './exposition.ts';
import { budgetFamilies } from './metrics-budget.ts';

const NONE: Labels = {};
const HEALTHS: readonly Health[] = ['healthy', 'degraded', 'critical'];

/** The ratio of a percentage, rounded to hide the noise of binary fractions. */
const ratio = (percent: number | null): number | null => (percent === null ? null : Math.round(percent * 1e4) / 1e6);

/** A family of one series, or of none for an unknown value. */
const single = (name: string, help: string, value: number | null): Family =>
  gauge(name, help, value === null ? [] : [{ labels: NONE, value }]);

/** Seconds since the earliest time; 0 for an empty list, null if no time is known. */
function oldestSeconds(times: readonly (Instant | null)[], now: Instant): number | null {
  if (times.length === 0) return 0;
  let oldest: number | null = null;
  for (const at of times) if (at !== null) oldest = Math.max(oldest ?? 0, elapsedMs(at, now));
  return oldest === null ? null : oldest / 1000;
}

/** A sum for each project; without amounts the number of items. */
function tally<T extends { readonly project: string }>(
  items: readonly T[],
  amountOf: (item: T) => number = () => 1,
): Map<ProjectKey, number> {
  const sums = new Map<ProjectKey, number>();
  for (const item of items) {
    const key = projectKey(item.project);
    sums.set(key, (sums.get(key) ?? 0) + amountOf(item));
  }
  return sums;
}

function poolFamilies({ state, environment: { now } }: Snapshot): Family[] {
  const acquired = state.leases.map(({ acquiredAt }) => acquiredAt);
  const queued = state.queue.map(({ queuedAt }) => queuedAt);
  return [
    single('slots_used', 'Slots in use.', usedSlots(state)),
    single('slots_max', 'Slots in the pool (max_slots).', state.maxSlots),
    single(
      'slots_effective_max',
      'Slots allowed now; below slots_max while the machine is degraded or critical.',
      effectiveMaxSlots(state),
    ),
    single('slots_offered', 'Slots set aside for offers that are not claimed yet.', offeredSlots(state)),
    single('oldest_lease_age_seconds', 'Age of the oldest lease in seconds.', oldestSeconds(acquired, now)),
    single(
      'queue_oldest_wait_seconds',
      'Time in seconds that the oldest request has waited in the queue.',
      oldestSeconds(queued, now),
    ),
  ];
}

function projectFamilies({ state, environment }: Snapshot): Family[] {
  const projects = knownProjects(state, environment.settings).map((project) => ({
    key: projectKey(project),
    labels: { project },
  }));
  const each = (name: string, help: string, sums: ReadonlyMap<ProjectKey, number>): Family =>
    gauge(
      name,
      help,
      projects.map(({ key, labels }) => ({ labels, value: sums.get(key) ?? 0 })),
    );
  return [
    each('project_slots_used', 'Slots in use by a project.', slotsByProject(state.leases)),
    each('project_leases', 'Leases of a project.', tally(state.leases)),
    each('queue_requests', 'Requests of a project in the queue.', tally(state.queue)),
    each(
      'queue_slots',
      'Slots requested by the queued requests of a project.',
      tally(state.queue, ({ slots }) => slots),
    ),
  ];
}

function machineFamilies({ state, environment }: Snapshot): Family[] {
  const { sampledAt } = state.vmState;
  const isFresh = sampledAt !== null && Math.abs(environment.now - sampledAt) <= SAMPLE_STALE_MS;
  const vm = isFresh ? state.vmState : EMPTY_VM_STATE;
  // The default load limit depends on the number of processors, which the state does not contain.
  const limits = limitsOf(state.vmLimits, environment.settings.monitor, Number.NaN);
  const health = HEALTHS.map((name) => ({ labels: { state: name }, value: vm.health === name ? 1 : 0 }));
  return [
    gauge('vm_health', 'Health of the machine; 1 for the current state, else 0.', vm.health === null ? [] : health),
    single('vm_cpu_used_ratio', 'CPU use of all processors, from 0 to 1.', ratio(vm.cpuPercent)),
    single('vm_memory_used_ratio', 'Memory in use, from 0 to 1.', ratio(vm.memoryPercent)),
    single('vm_memory_available_bytes', 'Available memory in bytes.', vm.memoryAvailableBytes),
    single('vm_disk_used_ratio', 'Use of the fullest file system, from 0 to 1.', ratio(vm.diskUsagePercent)),
    single('vm_load1', 'Load average over one minute.', vm.loadAverage),
    single('vm_cpu_limit_ratio', 'CPU use above which the machine is degraded, from 0 to 1.', ratio(limits.cpuPercent)),
    single(
      'vm_memory_limit_ratio',
      'Memory use above which the machine is degraded, from 0 to 1.',
      ratio(limits.memoryPercent),
    ),
    single(
      'vm_memory_critical_ratio',
      'Memory use above which agents are ended, from 0 to 1.',
      ratio(limits.criticalMemoryPercent),
    ),
    single(
      'vm_disk_limit_ratio',
      'Disk use above which the machine is degraded, from 0 to 1.',
      ratio(limits.diskPercent),
    ),
    single(
      'vm_disk_critical_ratio',
      'Disk use above which no new slots are granted, from 0 to 1.',
      ratio(limits.criticalDiskPercent),
    ),
    single('vm_load1_limit', 'Load above which the machine is degraded, if configured.', state.vmLimits.maxLoadAverage),
    single(
      'last_sample_timestamp_seconds',
      'Time of the last machine sample in seconds since the epoch. Values older than five minutes are left out.',
      sampledAt === null ? null : sampledAt / 1000,
    ),
    single(
      'monitor_up',
      'Set to 1 while a monitor keeps running, else 0; repeated runs with --once count as 0.',
      isPresent(environment, state.monitor) ? 1 : 0,
    ),
  ];
}

/** All families of a snapshot. */
export const metricFamilies = (snapshot: Snapshot, version: string): Family[] => [
  gauge('build_info', 'Version of resource-manager that wrote these metrics; always 1.', [
    { labels: { version }, value: 1 },
  ]),
  ...poolFamilies(snapshot),
  ...projectFamilies(snapshot),
  ...machineFamilies(snapshot),
  ...budgetFamilies(snapshot),
];
