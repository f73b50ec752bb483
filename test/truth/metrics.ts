/** Every series of `metrics`, by docs/reference/figures.md; the version of the build and the monitor's life are facts. */
import type { Files, Raw } from './files.ts';
import { round } from './forms.ts';
import type { Dimension, Present } from './present.ts';
import { colourOf, DIMENSIONS, presentOf, same, shareUsed, slotsByProject, sum, UNIT, workflowIn } from './present.ts';

const FRESH_MS = 5 * 60_000;
const SUFFIX = { tokens: 'tokens', time_ms: 'seconds', cost_micro_usd: 'dollars' } as const;
const LEVELS = ['green', 'yellow', 'orange', 'red', 'black'];

/** Series as `name{label="value"}` and their values. */
export type SeriesValues = Record<string, number>;

const ratio = (value: number): number => round(value, 6);
const seconds = (ms: number): number => Math.max(0, ms) / 1000;

/** The projects that the state and the settings name, once each. */
function knownProjects(present: Present, { slots, config }: Files): string[] {
  const names: string[] = [
    ...Object.keys(slots.slot_allocation ?? {}),
    ...[...present.leases, ...present.queue].map(({ project }) => project),
    ...Object.keys(config.projects ?? {}),
    ...Object.keys(config.project_priorities ?? {}),
  ];
  return names.filter((name, at) => names.findIndex((other) => same(other, name)) === at);
}

function machine({ slots, now }: Files): SeriesValues {
  const vm = slots.vm_state ?? {};
  const limits = slots.vm_limits ?? {};
  const series: SeriesValues = {};
  const put = (name: string, value: number | null | undefined): void => {
    if (value != null) series[name] = ratio(value);
  };
  const limit = {
    cpu: limits.max_cpu_percent ?? 85,
    memory: limits.max_memory_percent ?? 90,
    disk: limits.max_disk_percent ?? 90,
  };
  put('vm_cpu_limit_ratio', limit.cpu / 100);
  put('vm_memory_limit_ratio', limit.memory / 100);
  put('vm_disk_limit_ratio', limit.disk / 100);
  put('vm_memory_critical_ratio', Math.min(99, limit.memory + 4) / 100);
  put('vm_disk_critical_ratio', Math.min(99, limit.disk + 7) / 100);
  put('vm_load1_limit', limits.max_load_average);
  if (vm.sampled_at == null) return series;
  series.last_sample_timestamp_seconds = Date.parse(vm.sampled_at) / 1000;
  if (now - Date.parse(vm.sampled_at) > FRESH_MS) return series;
  for (const health of ['healthy', 'degraded', 'critical'])
    series[`vm_health{state="${health}"}`] = vm.health === health ? 1 : 0;
  const share = (percent: number | null): number | null => (percent == null ? null : percent / 100);
  put('vm_cpu_used_ratio', share(vm.cpu_percent));
  put('vm_memory_used_ratio', share(vm.memory_percent));
  put('vm_disk_used_ratio', share(vm.disk_usage_percent));
  put('vm_load1', vm.load_average);
  put('vm_memory_available_bytes', vm.memory_available);
  return series;
}

function budgets(present: Present): SeriesValues {
  const series: SeriesValues = {};
  const inUnit = (amount: number, dimension: Dimension): number => amount / UNIT[dimension];
  for (const { workflow } of present.workflows) {
    for (const dimension of DIMENSIONS) {
      const { total, reserve, pool, allocated, consumed } = workflowIn(present, workflow, dimension);
      const put = (what: string, amount: number): void => {
        series[`workflow_budget_${what}_${SUFFIX[dimension]}{workflow="${workflow}"}`] = inUnit(amount, dimension);
      };
      if (total !== null && pool !== null) {
        put('limit', total);
        put('reserve', reserve);
        put('pool', pool);
      }
      put('allocated', allocated);
      put('consumed', consumed);
    }
  }
  for (const agent of present.agents) {
    const labels = `agent="${agent.agent}",workflow="${agent.workflow}"`;
    for (const dimension of DIMENSIONS) {
      const own = agent.allocated?.[dimension];
      if (own != null) series[`budget_allocated_${SUFFIX[dimension]}{${labels}}`] = inUnit(own, dimension);
      series[`budget_consumed_${SUFFIX[dimension]}_total{${labels}}`] = inUnit(
        agent.consumed?.[dimension] ?? 0,
        dimension,
      );
      const reserved = sum(agent.reservations.map((one: Raw) => one[dimension] ?? 0));
      series[`budget_reserved_${SUFFIX[dimension]}{${labels}}`] = inUnit(reserved, dimension);
    }
    series[`budget_used_ratio{${labels}}`] = ratio(shareUsed(present, agent));
    for (const level of LEVELS)
      series[`budget_level{${labels},level="${level}"}`] = colourOf(present, agent) === level ? 1 : 0;
    series[`budget_stopped{${labels}}`] = agent.stopped == null ? 0 : 1;
  }
  return series;
}

export function metricsOf(files: Files): SeriesValues {
  const present = presentOf(files);
  const { now, leases, queue } = present;
  const held = slotsByProject(leases);
  const oldest = (instants: readonly string[]): number =>
    seconds(Math.max(0, ...instants.map((instant) => now - Date.parse(instant))));
  const series: SeriesValues = {
    slots_used: present.used,
    slots_max: present.max,
    slots_effective_max: present.capacity,
    slots_offered: present.setAside,
    oldest_lease_age_seconds: oldest(leases.map((lease) => lease.acquired_at)),
    queue_oldest_wait_seconds: oldest(queue.map((entry) => entry.queued_at)),
    ...machine(files),
    ...budgets(present),
  };
  for (const project of knownProjects(present, files)) {
    const own = (items: readonly Raw[]): Raw[] => items.filter((item) => same(item.project, project));
    series[`project_slots_used{project="${project}"}`] = held.get(project.toLowerCase()) ?? 0;
    series[`project_leases{project="${project}"}`] = own(leases).length;
    series[`queue_requests{project="${project}"}`] = own(queue).length;
    series[`queue_slots{project="${project}"}`] = sum(own(queue).map((entry) => entry.slots));
  }
  return series;
}

/** The series of a text in the exposition format, without those that are facts of the build and the monitor. */
export function seriesIn(lines: readonly string[]): SeriesValues {
  const series: SeriesValues = {};
  for (const line of lines) {
    const [, name, value] = /^resource_manager_(\S+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined && !/^(build_info|monitor_up)/.test(name)) series[name] = Number(value);
  }
  return series;
}
