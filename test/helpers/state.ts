/** Builders for states, leases and requests, so that a test says only what it is about. */
import type { RequestCommand } from '../../src/core/commands/request.ts';
import type { Environment } from '../../src/core/environment.ts';
import type { LeaseId, ProjectKey, TicketId } from '../../src/core/model/ids.ts';
import { projectKey } from '../../src/core/model/ids.ts';
import type { Instant } from '../../src/core/model/instants.ts';
import type { Lease } from '../../src/core/model/lease.ts';
import type { ProcessRef } from '../../src/core/model/process-ref.ts';
import { processKey } from '../../src/core/model/process-ref.ts';
import type { QueueEntry } from '../../src/core/model/queue-entry.ts';
import type { State } from '../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../src/core/model/state.ts';
import type { ProjectSettings, Settings } from '../../src/core/settings.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';

export const NOW = Date.UTC(2026, 10, 21, 10) as Instant;
export const later = (ms: number, from: Instant = NOW): Instant => (from + ms) as Instant;

export const process_ = (pid: number): ProcessRef => ({ pid, started: pid * 10, boot: 'b', ns: null, command: `p${pid}` });

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
  extra: {},
  ...more,
});

export const anEntry = (ticket: string, project: string, slots: number, more: Partial<QueueEntry> = {}): QueueEntry => ({
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
  extra: {},
  ...more,
});

/** A waiting process for an entry. */
export const attended = (pid: number): Partial<QueueEntry> => ({ waiter: process_(pid) });

export const aState = (maxSlots: number, leases: readonly Lease[] = [], queue: readonly QueueEntry[] = [], more: Partial<State> = {}): State => ({
  version: 1,
  maxSlots,
  vmLimits: { maxCpuPercent: 85, maxMemoryPercent: 90, maxLoadAverage: 16, maxDiskPercent: 90 },
  vmState: EMPTY_VM_STATE,
  leases,
  queue,
  nextId: 100,
  lastGrantAt: null,
  knownProjects: [],
  ...more,
});

export const byProject = <T>(values: Record<string, T>): Map<ProjectKey, T> =>
  new Map(Object.entries(values).map(([name, value]) => [projectKey(name), value]));

export const projects = (values: Record<string, Partial<ProjectSettings>>): Map<ProjectKey, ProjectSettings> =>
  byProject(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { guaranteed: 0, max: null, weight: 1, ...value }])));

export const anEnvironment = (settings: Partial<Settings> = {}, now: Instant = NOW, dead: readonly ProcessRef[] = []): Environment => ({
  now,
  settings: { ...DEFAULT_SETTINGS, maxPerProject: 1000, ...settings },
  dead: new Set(dead.map(processKey)),
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
  ...more,
});
