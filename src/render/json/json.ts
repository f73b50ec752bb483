/** The published JSON answers: one document each, snake_case, durations in seconds, instants in ISO 8601 UTC. */
import { projectKey } from '../../core/model/ids.ts';
import type { Instant } from '../../core/model/instants.ts';
import { type Agent, type Lease, leaseSize } from '../../core/model/lease.ts';
import type { QueueEntry, SlotRequest } from '../../core/model/queue-entry.ts';
import { effectiveMaxSlots, leasesByProject, type State, usedSlots } from '../../core/model/state.ts';
import type { Reason } from '../../core/reason.ts';
import { agentEta, type Eta, lastOf, leaseEta } from '../../core/schedule/eta.ts';
import { type Outlook, outlooks } from '../../core/schedule/outlook.ts';
import { projectPriority } from '../../core/settings/settings.ts';
import type { Outcome } from '../../core/transition.ts';
import type { ExpectedError } from '../../errors.ts';
import type { Committed, Snapshot } from '../../ports/snapshot.ts';
import type { InitResult } from '../../ports/store.ts';
import { holdings } from '../reason.ts';
import { iso } from './json-values.ts';

export type CancelledOutcome = Extract<Outcome, { readonly kind: 'cancelled' }>;
export type MaxSet = Extract<Outcome, { readonly kind: 'max-set' }>;

export type SlotsJson = Readonly<ReturnType<typeof slotsJson>>;
export const slotsJson = (state: State) => ({
  used: usedSlots(state),
  max: state.maxSlots,
  effective_max: effectiveMaxSlots(state),
});

export type RequestJson = Readonly<ReturnType<typeof requestJson>>;

/** The answer to a request: granted as this lease, or queued or denied with this outlook. */
function requestJson(
  asked: SlotRequest,
  outcome: 'granted' | 'queued' | 'denied',
  lease: Lease | null,
  outlook: Outlook | null,
  reason: Reason | null,
  state: State,
) {
  return {
    schema_version: 1 as const,
    outcome,
    project: asked.project,
    requested: asked.slots,
    granted: lease === null ? 0 : leaseSize(lease),
    lease: lease?.id ?? null,
    ticket: outcome === 'queued' ? (outlook?.entry.ticket ?? null) : null,
    position: outcome === 'queued' ? (outlook?.position ?? null) : null,
    agents_ahead: outlook?.agentsAhead ?? 0,
    reason,
    eta_seconds: etaSeconds(outlook?.eta ?? null),
    slots: slotsJson(state),
    holders: holdings(state),
  };
}

export const grantedJson = (asked: SlotRequest, lease: Lease, state: State): RequestJson =>
  requestJson(asked, 'granted', lease, null, null, state);

export const notGrantedJson = (
  asked: SlotRequest,
  outcome: 'queued' | 'denied',
  reason: Reason | null,
  outlook: Outlook | null,
  state: State,
): RequestJson => requestJson(asked, outcome, null, outlook, reason, state);

/** A request whose wait ended without slots. */
export const givenUpJson = (asked: SlotRequest, outlook: Outlook, state: State, why: 'timed_out' | 'interrupted') => ({
  ...notGrantedJson(asked, 'denied', outlook.reason, outlook, state),
  [why]: true,
});

export type QueueEntryJson = Readonly<ReturnType<typeof queueEntryJson>>;

export function queueEntryJson({ entry, position, agentsAhead, reason, eta }: Outlook) {
  return {
    ticket: entry.ticket,
    project: entry.project,
    slots: entry.slots,
    min_slots: entry.minSlots,
    position,
    agents_ahead: agentsAhead,
    reason,
    ...etaJson(eta),
    offered_until: iso(entry.offeredUntil),
    offered_slots: entry.offeredSlots,
    queued_at: iso(entry.queuedAt),
    waiting: entry.waiter !== null,
  };
}

export const queueJson = (snapshot: Snapshot) => ({
  schema_version: 1,
  queue: outlooks(snapshot.state, snapshot.environment).map(queueEntryJson),
});

const etaSeconds = (eta: Eta | null): number | null => (eta === null ? null : Math.ceil(eta.ms / 1000));

export type EtaJson = Readonly<ReturnType<typeof etaJson>>;

/** Estimate, basis and confidence; all null without an estimate. */
const etaJson = (eta: Eta | null) => ({
  eta_seconds: etaSeconds(eta),
  eta_basis: eta?.basis ?? null,
  eta_confidence: eta?.confidence ?? null,
});

export const vmJson = ({ vmState: vm }: State) => ({
  cpu_percent: vm.cpuPercent,
  memory_percent: vm.memoryPercent,
  load_average: vm.loadAverage,
  disk_usage_percent: vm.diskUsagePercent,
  health: vm.sampledAt === null ? null : vm.health,
  reason: vm.reason,
  sampled_at: iso(vm.sampledAt),
});

/** Models without a known price in the counted usage of all budgets. */
const unknownModels = ({ agents }: State['budgets']): string[] =>
  [...new Set(agents.flatMap((agent) => agent.unknownModels))].sort();

export type AgentJson = Readonly<ReturnType<typeof agentJson>>;

const agentJson = (agent: Agent, lease: Lease, now: Instant) => ({
  name: agent.name,
  pid: agent.pid,
  progress: agent.progress,
  phase: agent.phase,
  ...etaJson(agentEta(agent, lease, now)),
});

export type LeaseJson = Readonly<ReturnType<typeof leaseJson>>;

const leaseJson = (lease: Lease) => ({
  lease: lease.id,
  slots: leaseSize(lease),
  parent: lease.parent,
  holder: lease.holder === null ? null : { pid: lease.holder.pid, command: lease.holder.command },
  acquired_at: iso(lease.acquiredAt),
  expires_at: iso(lease.expiresAt),
});

/** The latest end of all these leases. */
const leasesEtaJson = (leases: readonly Lease[], { state, environment }: Snapshot) =>
  etaJson(lastOf(leases.map((lease) => leaseEta(lease, state, environment.now))));

export type ProjectJson = Readonly<ReturnType<typeof projectJson>>;

/** A project with all its leases, which may be none. */
const projectJson = (project: string, leases: readonly Lease[], snapshot: Snapshot) => ({
  project,
  slots: leases.reduce((sum, lease) => sum + lease.slots, 0),
  priority: projectPriority(snapshot.environment.settings, project),
  agents: leases.flatMap((lease) => lease.agents.map((agent) => agentJson(agent, lease, snapshot.environment.now))),
  leases: leases.map(leaseJson),
  ...leasesEtaJson(leases, snapshot),
});

export type StatusJson = Readonly<ReturnType<typeof statusJson>>;

export function statusJson(snapshot: Snapshot) {
  const { state } = snapshot;
  const byProject = leasesByProject(state.leases).values();
  return {
    schema_version: 1 as const,
    vm: vmJson(state),
    slots: slotsJson(state),
    projects: [...byProject].map((leases) => projectJson((leases[0] as Lease).project, leases, snapshot)),
    queue: queueJson(snapshot).queue,
    ...leasesEtaJson(state.leases, snapshot),
    repairs: snapshot.repairs,
    unknown_models: unknownModels(state.budgets),
  };
}

/** The status of one project, with or without slots and requests. */
export function projectStatusJson(snapshot: Snapshot, name: string): StatusJson {
  const ofProject = ({ project }: { readonly project: string }): boolean => projectKey(project) === projectKey(name);
  const whole = statusJson(snapshot);
  const own = whole.projects.find(ofProject) ?? projectJson(name, [], snapshot);
  return { ...whole, projects: [own], queue: whole.queue.filter(ofProject) };
}

export function releaseJson(project: string, released: number, committed: Committed) {
  return { schema_version: 1, outcome: 'released', project, released, slots: slotsJson(committed.state) };
}

export function setMaxJson({ previous, available, canProceed }: MaxSet, state: State) {
  return { schema_version: 1, previous, max: state.maxSlots, available, can_proceed: canProceed };
}

const ticketJson = ({ ticket, project, slots }: QueueEntry) => ({ ticket, project, slots });

export const cancelledJson = (
  { cancelled, dropped }: Pick<CancelledOutcome, 'cancelled' | 'dropped'>,
  isDryRun: boolean,
  state: State,
) => ({
  schema_version: 1,
  outcome: 'cancelled',
  dry_run: isDryRun,
  cancelled: cancelled.map(ticketJson),
  dropped: dropped.map(({ entry, why }) => ({ ...ticketJson(entry), why })),
  slots: slotsJson(state),
});

export const initJson = ({ dir, created, maxSlots, maxPerProject, group }: InitResult) => ({
  schema_version: 1,
  dir,
  created,
  max_slots: maxSlots,
  max_per_project: maxPerProject,
  group,
});

export function errorJson({ code, message, hint, exit }: Pick<ExpectedError, 'code' | 'message' | 'hint' | 'exit'>) {
  return { schema_version: 1, error: { code, message, hint, exit } };
}
