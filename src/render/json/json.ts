/** The published JSON answers: one document each, snake_case, durations in seconds, instants in ISO 8601 UTC. */
import { projectKey } from '../../core/model/ids.ts';
import type { Lease } from '../../core/model/lease.ts';
import { leaseSize } from '../../core/model/lease.ts';
import type { QueueEntry, SlotRequest } from '../../core/model/queue-entry.ts';
import type { State } from '../../core/model/state.ts';
import { effectiveMaxSlots, usedSlots } from '../../core/model/state.ts';
import type { Reason } from '../../core/reason.ts';
import type { Eta, EtaBasis } from '../../core/schedule/eta.ts';
import { agentEta, lastOf, leaseEta } from '../../core/schedule/eta.ts';
import type { Outlook } from '../../core/schedule/outlook.ts';
import { outlooks } from '../../core/schedule/outlook.ts';
import { projectPriority } from '../../core/settings/settings.ts';
import type { Outcome } from '../../core/transition.ts';
import type { ExpectedError } from '../../errors.ts';
import type { Committed, Snapshot } from '../../ports/snapshot.ts';
import type { InitResult } from '../../ports/store.ts';
import type { Holding } from '../reason.ts';
import { holdings } from '../reason.ts';
import { iso } from './json-values.ts';

export type CancelledOutcome = Extract<Outcome, { readonly kind: 'cancelled' }>;
export type MaxSet = Extract<Outcome, { readonly kind: 'max-set' }>;

export interface SlotsJson {
  readonly used: number;
  readonly max: number;
  readonly effective_max: number;
}

export interface RequestJson {
  readonly schema_version: 1;
  readonly outcome: 'granted' | 'queued' | 'denied';
  readonly project: string;
  readonly requested: number;
  readonly granted: number;
  readonly lease: string | null;
  readonly ticket: string | null;
  readonly position: number | null;
  readonly agents_ahead: number;
  readonly reason: Reason | null;
  readonly eta_seconds: number | null;
  readonly slots: SlotsJson;
  readonly holders: readonly Holding[];
}

/** An estimate with its basis and its confidence. */
export interface EtaJson {
  readonly eta_seconds: number | null;
  readonly eta_basis: EtaBasis | null;
  readonly eta_confidence: Eta['confidence'] | null;
}

export interface QueueEntryJson extends EtaJson {
  readonly ticket: string;
  readonly project: string;
  readonly slots: number;
  readonly min_slots: number;
  readonly position: number;
  readonly agents_ahead: number;
  readonly reason: Reason | null;
  readonly offered_until: string | null;
  readonly offered_slots: number;
  readonly queued_at: string;
  readonly waiting: boolean;
}

export interface AgentJson extends EtaJson {
  readonly name: string;
  readonly pid: number | null;
  readonly progress: number | null;
  readonly phase: string | null;
}

export interface LeaseJson {
  readonly lease: string;
  readonly slots: number;
  readonly parent: string | null;
  readonly holder: { readonly pid: number; readonly command: string | null } | null;
  readonly acquired_at: string | null;
  readonly expires_at: string | null;
}

export interface ProjectJson extends EtaJson {
  readonly project: string;
  readonly slots: number;
  readonly priority: number;
  readonly agents: readonly AgentJson[];
  readonly leases: readonly LeaseJson[];
}

export interface StatusJson extends EtaJson {
  readonly schema_version: 1;
  readonly vm: {
    readonly cpu_percent: number | null;
    readonly memory_percent: number | null;
    readonly load_average: number | null;
    readonly disk_usage_percent: number | null;
    readonly health: string | null;
    readonly reason: string | null;
    readonly sampled_at: string | null;
  };
  readonly slots: SlotsJson;
  readonly projects: readonly ProjectJson[];
  readonly queue: readonly QueueEntryJson[];
  readonly repairs: readonly string[];
  readonly unknown_models: readonly string[];
}

export const slotsJson = (state: State): SlotsJson => ({
  used: usedSlots(state),
  max: state.maxSlots,
  effective_max: effectiveMaxSlots(state),
});

export function grantedJson(asked: SlotRequest, lease: Lease, state: State): RequestJson {
  return {
    schema_version: 1,
    outcome: 'granted',
    project: asked.project,
    requested: asked.slots,
    granted: leaseSize(lease),
    lease: lease.id,
    ticket: null,
    position: null,
    agents_ahead: 0,
    reason: null,
    eta_seconds: null,
    slots: slotsJson(state),
    holders: holdings(state),
  };
}

export function notGrantedJson(
  asked: SlotRequest,
  outcome: 'queued' | 'denied',
  reason: Reason | null,
  outlook: Outlook | null,
  state: State,
): RequestJson {
  return {
    schema_version: 1,
    outcome,
    project: asked.project,
    requested: asked.slots,
    granted: 0,
    lease: null,
    ticket: outcome === 'queued' ? (outlook?.entry.ticket ?? null) : null,
    position: outcome === 'queued' ? (outlook?.position ?? null) : null,
    agents_ahead: outlook?.agentsAhead ?? 0,
    reason,
    eta_seconds: outlook === null ? null : etaSeconds(outlook.eta),
    slots: slotsJson(state),
    holders: holdings(state),
  };
}

/** A request whose wait ended without slots. */
export const givenUpJson = (asked: SlotRequest, outlook: Outlook, state: State, why: 'timed_out' | 'interrupted') => ({
  ...notGrantedJson(asked, 'denied', outlook.reason, outlook, state),
  [why]: true,
});

export function queueEntryJson({ entry, position, agentsAhead, reason, eta }: Outlook): QueueEntryJson {
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
    queued_at: iso(entry.queuedAt) as string,
    waiting: entry.waiter !== null,
  };
}

export const queueJson = (snapshot: Snapshot): { schema_version: 1; queue: QueueEntryJson[] } => ({
  schema_version: 1,
  queue: outlooks(snapshot.state, snapshot.environment).map(queueEntryJson),
});

const etaSeconds = (eta: Eta | null): number | null => (eta === null ? null : Math.ceil(eta.ms / 1000));

/** Estimate, basis and confidence; all null without an estimate. */
const etaJson = (eta: Eta | null): EtaJson => ({
  eta_seconds: etaSeconds(eta),
  eta_basis: eta?.basis ?? null,
  eta_confidence: eta?.confidence ?? null,
});

export const vmJson = ({ vmState: vm }: State): StatusJson['vm'] => ({
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

export function statusJson(snapshot: Snapshot): StatusJson {
  const { state, environment } = snapshot;
  const etaOf = (lease: Lease): Eta | null => leaseEta(lease, state, environment.now);
  const byProject = new Map<string, Lease[]>();
  for (const lease of state.leases) {
    const key = projectKey(lease.project);
    const leases = byProject.get(key);
    if (leases) leases.push(lease);
    else byProject.set(key, [lease]);
  }
  const projects = [...byProject.values()].map((leases): ProjectJson => {
    const project = (leases[0] as Lease).project;
    return {
      project,
      slots: leases.reduce((sum, lease) => sum + lease.slots, 0),
      priority: projectPriority(environment.settings, project),
      agents: leases.flatMap((lease) =>
        lease.agents.map((agent) => ({
          name: agent.name,
          pid: agent.pid,
          progress: agent.progress,
          phase: agent.phase,
          ...etaJson(agentEta(agent, lease, environment.now)),
        })),
      ),
      leases: leases.map((lease) => ({
        lease: lease.id,
        slots: leaseSize(lease),
        parent: lease.parent,
        holder: lease.holder === null ? null : { pid: lease.holder.pid, command: lease.holder.command },
        acquired_at: iso(lease.acquiredAt),
        expires_at: iso(lease.expiresAt),
      })),
      ...etaJson(lastOf(leases.map(etaOf))),
    };
  });
  return {
    schema_version: 1,
    vm: vmJson(state),
    slots: slotsJson(state),
    projects,
    queue: queueJson(snapshot).queue,
    ...etaJson(lastOf(state.leases.map(etaOf))),
    repairs: snapshot.repairs,
    unknown_models: unknownModels(state.budgets),
  };
}

/** A known project without slots. */
const idleProjectJson = (project: string, { environment }: Snapshot): ProjectJson => ({
  project,
  slots: 0,
  priority: projectPriority(environment.settings, project),
  agents: [],
  leases: [],
  ...etaJson(null),
});

/** The status of one project, with or without slots and requests. */
export function projectStatusJson(snapshot: Snapshot, name: string): StatusJson {
  const ofProject = ({ project }: { readonly project: string }): boolean => projectKey(project) === projectKey(name);
  const whole = statusJson(snapshot);
  const own = whole.projects.find(ofProject) ?? idleProjectJson(name, snapshot);
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

export const initJson = ({ dir, created, maxSlots, maxPerProject }: InitResult) => ({
  schema_version: 1,
  dir,
  created,
  max_slots: maxSlots,
  max_per_project: maxPerProject,
});

export function errorJson({ code, message, hint, exit }: Pick<ExpectedError, 'code' | 'message' | 'hint' | 'exit'>) {
  return { schema_version: 1, error: { code, message, hint, exit } };
}
