/** Every figure of `resource-status` and `queue`, by docs/reference/figures.md. */
import { inJson, restOfAgent, restOfAll, restUntilFree } from './estimates.ts';
import type { Files, Raw } from './files.ts';
import { inLine, maximumOf, priorityOf } from './line.ts';
import type { Present } from './present.ts';
import { presentOf, same, slotsByProject, sum } from './present.ts';

const NEVER_HOLDS_UP = ['project-limit', 'exceeds-maximum'];

/** The slots that the requests that would be granted now take, in their order. */
function takenBy(ready: readonly Raw[], present: Present, config: Raw): number[] {
  const has = slotsByProject([...present.leases, ...present.queue.map((one) => ({ ...one, slots: one.offered }))]);
  let left = present.capacity - present.used - present.setAside;
  return ready.map(({ project, slots }) => {
    const key = project.toLowerCase();
    const own = has.get(key) ?? 0;
    const takes = Math.min(slots, left, maximumOf(config, project) - own);
    has.set(key, own + takes);
    left -= takes;
    return takes;
  });
}

/**
 * The requests in serving order. The product says why each waits, which is no figure; the order and the counts are
 * computed.
 */
export function queueOf(present: Present, { config, slots }: Files, reasonOf: (ticket: string) => string | null) {
  const line = inLine(present, config);
  const isReady = (entry: Raw): boolean => entry.offered > 0 || (!entry.lapsed && reasonOf(entry.ticket) === null);
  const order = [
    ...line.filter((entry) => entry.offered > 0),
    ...line.filter((entry) => entry.offered === 0 && isReady(entry)),
    ...line.filter((entry) => !isReady(entry) && !entry.lapsed),
    ...line.filter((entry) => entry.lapsed),
  ];
  const room = present.capacity - present.used - present.setAside;
  const ready = order.filter((entry) => entry.offered === 0 && isReady(entry));
  const takes = takenBy(ready, present, config);
  return order.map((entry, at) => {
    const before = order.slice(0, at).filter((other) => {
      const reason = reasonOf(other.ticket);
      return !isReady(other) && !other.lapsed && reason !== null && !NEVER_HOLDS_UP.includes(reason);
    });
    const own = entry.lapsed || isReady(entry) ? null : reasonOf(entry.ticket);
    const binding = own === 'behind-others' && before.length > 0 ? reasonOf(before[0].ticket) : own;
    const least = sum([...before, entry].map((one) => one.min_slots));
    const mustComeFree = Math.max(0, least + sum(takes) - room);
    const isEstimated = binding === 'insufficient-slots' || binding === 'health-degraded';
    const rest = isEstimated ? restUntilFree(present, slots.learned_duration, mustComeFree) : null;
    return {
      ...{ ticket: entry.ticket, project: entry.project, slots: entry.slots, min_slots: entry.min_slots },
      ...{ position: at + 1, offered_slots: entry.offered, queued_at: entry.queued_at },
      agents_ahead: binding === 'insufficient-slots' ? mustComeFree : 0,
      offered_until: entry.offered > 0 ? entry.offered_until : null,
      ...(isReady(entry) ? { eta_seconds: 0 } : inJson(rest)),
    };
  });
}

function projectOf(name: string, present: Present, { config, slots }: Files) {
  const leases = present.leases.filter((lease) => same(lease.project, name));
  return {
    project: name,
    slots: sum(leases.map((lease) => lease.slots)),
    priority: priorityOf(config, name),
    agents: leases.flatMap((lease) =>
      lease.agents.map((agent: Raw) => ({
        ...{ name: agent.name, pid: agent.pid ?? null, progress: agent.progress ?? null, phase: agent.phase ?? null },
        ...inJson(restOfAgent(lease, agent, present.now)),
      })),
    ),
    leases: leases.map((lease) => ({
      ...{ lease: lease.id, slots: lease.slots, acquired_at: lease.acquired_at, expires_at: lease.expires_at ?? null },
    })),
    ...inJson(restOfAll(leases, slots.learned_duration, present.now)),
  };
}

export function statusOf(files: Files, reasonOf: (ticket: string) => string | null) {
  const { slots } = files;
  const present = presentOf(files);
  const names: string[] = present.leases.map((lease) => lease.project);
  const vm = slots.vm_state ?? {};
  return {
    vm: {
      ...{ cpu_percent: vm.cpu_percent ?? null, memory_percent: vm.memory_percent ?? null },
      ...{ load_average: vm.load_average ?? null, disk_usage_percent: vm.disk_usage_percent ?? null },
      health: vm.sampled_at == null ? null : vm.health,
      sampled_at: vm.sampled_at == null ? null : new Date(vm.sampled_at).toISOString(),
    },
    slots: { used: present.used, max: present.max, effective_max: present.capacity },
    projects: names
      .filter((name, at) => names.findIndex((other) => same(other, name)) === at)
      .map((name) => projectOf(name, present, files)),
    queue: queueOf(present, files, reasonOf),
    ...inJson(restOfAll(present.leases, slots.learned_duration, present.now)),
  };
}
