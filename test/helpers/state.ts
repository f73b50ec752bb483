/** Builders for states, leases and requests, so that a test states only the values that matter to it. */
import type { RequestCommand } from '../../src/core/commands/request.ts';
import type { Environment } from '../../src/core/environment.ts';
import type { CoreEvent } from '../../src/core/event.ts';
import { violations } from '../../src/core/invariants.ts';
import type { LeaseId, ProjectKey, TicketId } from '../../src/core/model/ids.ts';
import { projectKey } from '../../src/core/model/ids.ts';
import type { Instant } from '../../src/core/model/instants.ts';
import type { Lease } from '../../src/core/model/lease.ts';
import { leaseSize } from '../../src/core/model/lease.ts';
import type { ProcessRef } from '../../src/core/model/process-ref.ts';
import { processKey } from '../../src/core/model/process-ref.ts';
import type { QueueEntry } from '../../src/core/model/queue-entry.ts';
import type { State } from '../../src/core/model/state.ts';
import { emptyState } from '../../src/core/model/state.ts';
import type { ProjectSettings, Settings } from '../../src/core/settings/settings.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings/settings.ts';
import type { Command, Outcome } from '../../src/core/transition.ts';
import { transition } from '../../src/core/transition.ts';

export const NOW = Date.UTC(2026, 10, 21, 10) as Instant;
export const later = (ms: number, from: Instant = NOW): Instant => (from + ms) as Instant;

export const process_ = (pid: number): ProcessRef => ({
  pid,
  started: pid * 10,
  boot: 'b',
  ns: null,
  command: `p${pid}`,
});

export const aLease = (id: string, project: string, slots: number, more: Partial<Lease> = {}): Lease => ({
  id: id as LeaseId,
  project,
  slots,
  within: 0,
  parent: null,
  holder: process_(1000 + Number(id.slice(1))),
  acquiredAt: NOW,
  expiresAt: null,
  agents: [],
  ticket: null,
  waiter: null,
  run: null,
  spawn: null,
  ending: null,
  pausedAt: null,
  extra: {},
  ...more,
});

export const anEntry = (
  ticket: string,
  project: string,
  slots: number,
  more: Partial<QueueEntry> = {},
): QueueEntry => ({
  ticket: ticket as TicketId,
  project,
  slots,
  minSlots: slots,
  priority: null,
  queuedAt: NOW,
  holder: process_(2000 + Number(ticket.slice(1))),
  waiter: null,
  agents: [],
  ttlMs: null,
  parent: null,
  offeredUntil: null,
  offeredSlots: 0,
  lapsedAt: null,
  reason: null,
  binding: null,
  run: null,
  spawn: null,
  extra: {},
  ...more,
});

/** A waiting process for an entry. */
export const attended = (pid: number): Partial<QueueEntry> => ({ waiter: process_(pid) });

export const aState = (
  maxSlots: number,
  leases: readonly Lease[] = [],
  queue: readonly QueueEntry[] = [],
  more: Partial<State> = {},
): State => ({
  ...emptyState(maxSlots),
  vmLimits: { maxCpuPercent: 85, maxMemoryPercent: 90, maxLoadAverage: 16, maxDiskPercent: 90 },
  leases,
  queue,
  nextId: 100,
  ...more,
});

export const byProject = <T>(values: Record<string, T>): Map<ProjectKey, T> =>
  new Map(Object.entries(values).map(([name, value]) => [projectKey(name), value]));

export const projects = (values: Record<string, Partial<ProjectSettings>>): Map<ProjectKey, ProjectSettings> =>
  byProject(
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, { guaranteed: 0, max: null, weight: 1, ...value }]),
    ),
  );

export const anEnvironment = (
  settings: Partial<Settings> = {},
  now: Instant = NOW,
  dead: readonly ProcessRef[] = [],
): Environment => ({
  now,
  settings: { ...DEFAULT_SETTINGS, maxPerProject: 1000, ...settings },
  dead: new Set(dead.map(processKey)),
  here: { boot: null, ns: null },
  memoryAvailableBytes: null,
  memoryTotalBytes: null,
});

export const aRequest = (project: string, slots: number, more: Partial<RequestCommand> = {}): RequestCommand => ({
  kind: 'request',
  project,
  slots,
  minSlots: slots,
  mode: 'queue',
  priority: null,
  agents: [],
  holder: process_(3000),
  waiter: null,
  ttlMs: null,
  parent: null,
  run: null,
  spawn: null,
  ...more,
});

/** `L7 odin 3`, with ` +2 in L1` for slots inside its parent and ` for T7` while it is uncollected. */
export const leaseLine = (lease: Lease): string => {
  const inside = lease.parent === null ? '' : ` +${lease.within} in ${lease.parent}`;
  return `${lease.id} ${lease.project} ${lease.slots}${inside}${lease.ticket === null ? '' : ` for ${lease.ticket}`}`;
};

/** `T9 odin 5`, `T9 odin 2-5 attended`, `T9 odin 5 offered 5`, `T9 odin 5 lapsed`. */
export const entryLine = (entry: QueueEntry): string => {
  const asked = entry.minSlots === entry.slots ? `${entry.slots}` : `${entry.minSlots}-${entry.slots}`;
  const marks = [
    entry.waiter === null ? '' : ' attended',
    entry.offeredUntil === null ? '' : ` offered ${entry.offeredSlots}`,
    entry.lapsedAt === null ? '' : ' lapsed',
  ];
  return `${entry.ticket} ${entry.project} ${asked}${marks.join('')}`;
};

export const leaseLines = (state: State): string[] => state.leases.map(leaseLine);
export const entryLines = (state: State): string[] => state.queue.map(entryLine);

/** `granted 5`, `queued behind-others`, `denied paused`, `refused nothing-held`, `released 3`, `cancelled T1 T2:holder-gone`. */
export function outcomeLine(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'granted':
      return `granted ${leaseSize(outcome.lease)}`;
    case 'queued':
      return `queued ${outcome.outlook.reason}`;
    case 'denied':
      return `denied ${outcome.reason}`;
    case 'released':
      return `released ${outcome.released}`;
    case 'cancelled':
      return [
        'cancelled',
        ...outcome.cancelled.map((entry) => entry.ticket),
        ...outcome.dropped.map(({ entry, why }) => `${entry.ticket}:${why}`),
      ].join(' ');
    case 'max-set':
      return `max-set from ${outcome.previous}${outcome.canProceed.map((project) => ` ${project}`).join('')}`;
    case 'refused':
      return `refused ${outcome.refusal.code}`;
    case 'ending':
      return `ending ${outcome.leases.map((lease) => lease.id).join(' ')}`;
    case 'settled':
      return 'settled';
    case 'budget':
      return `budget ${outcome.agents.join(' ')}`;
  }
}

/** `granted T9`, `offered T9`, `reclaimed L7 expired`, `dropped T9 holder-gone`, `lapsed T9 not-claimed`. */
export const eventLine = (event: CoreEvent): string => {
  if (event.kind === 'reclaimed') return `reclaimed ${event.lease} ${event.why}`;
  if (event.kind === 'dropped' || event.kind === 'lapsed') return `${event.kind} ${event.ticket} ${event.why}`;
  if ('ticket' in event) return `${event.kind} ${event.ticket}`;
  if (event.kind === 'budget') return `budget ${event.agent} ${event.to}`;
  if (event.kind === 'pressure') return `pressure ${event.workflow} ${event.to}`;
  return event.kind;
};

/** One row of a transition table: the input, and the expected values that matter to it. */
export interface Row {
  readonly name: string;
  readonly state: State;
  readonly command: Command;
  readonly env?: Environment;
  readonly wantOutcome?: string;
  readonly wantLeases?: readonly string[];
  readonly wantQueue?: readonly string[];
  readonly wantEvents?: readonly string[];
}

/** The result of a row's transition, reduced to the values that the row expects, and those expected values. */
export function playRow(row: Row): { readonly got: object; readonly want: object; readonly state: State } {
  const { state, outcome, events } = transition(row.state, row.command, row.env ?? anEnvironment());
  const { wantOutcome, wantLeases, wantQueue, wantEvents } = row;
  return {
    state,
    got: {
      sound: violations(state),
      outcome: wantOutcome === undefined ? undefined : outcomeLine(outcome),
      leases: wantLeases && leaseLines(state),
      queue: wantQueue && entryLines(state),
      events: wantEvents && events.map(eventLine),
    },
    want: { sound: [], outcome: wantOutcome, leases: wantLeases, queue: wantQueue, events: wantEvents },
  };
}
