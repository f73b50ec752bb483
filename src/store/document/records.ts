/** Leases and queue entries as they stand in slots.yaml, one JSON object (which is YAML) a line. */
import type { LeaseId, TicketId } from '../../core/model/ids.ts';
import { isProjectName } from '../../core/model/ids.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { Agent, Containment, Ending, Lease, Run } from '../../core/model/lease.ts';
import { CONTAINMENTS, causeIn } from '../../core/model/lease.ts';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import type { QueueEntry } from '../../core/model/queue-entry.ts';
import type { Path } from '../../core/shape.ts';
import {
  asCount,
  asInstantMs,
  asList,
  asMap,
  asNumber,
  asText,
  extraKeys,
  optional,
  ShapeError,
} from '../../core/shape.ts';
import { parseOwnJson } from './own-json.ts';
import { spawnFromRecord, spawnRecord } from './spawn-records.ts';

const LEASE_KEYS = new Set(
  'id project slots within parent holder acquired_at expires_at agents ticket waiter run spawn ending paused_at'.split(
    ' ',
  ),
);
const AGENT_KEYS = new Set('name pid progress phase progress_at'.split(' '));
const ENTRY_KEYS = new Set(
  'ticket project slots min_slots priority queued_at holder waiter agents ttl_ms parent offered_until offered_slots lapsed_at run spawn'.split(
    ' ',
  ),
);

export function projectName(value: unknown, path: Path): string {
  const name = asText(value, path);
  if (!isProjectName(name)) throw new ShapeError(path, 'a project name (1 to 64 of A-Z a-z 0-9 . _ -)', value);
  return name;
}

export function processRef(value: unknown, path: Path): ProcessRef {
  const map = asMap(value, path);
  return {
    pid: asCount(map.pid, [...path, 'pid'], 1, 2 ** 31),
    started: asCount(map.started, [...path, 'started'], 0, Number.MAX_SAFE_INTEGER),
    boot: optional(map.boot, (boot) => asText(boot, [...path, 'boot'])),
    ns: optional(map.ns, (ns) => asCount(ns, [...path, 'ns'], 0, Number.MAX_SAFE_INTEGER)),
    command: optional(map.command, (command) => String(command)),
  };
}

function agent(value: unknown, path: Path): Agent {
  const map = asMap(value, path);
  return {
    name: asText(map.name, [...path, 'name']),
    pid: optional(map.pid, (pid) => asCount(pid, [...path, 'pid'], 1, 2 ** 31)),
    progress: optional(map.progress, (progress) => asNumber(progress, [...path, 'progress'])),
    phase: optional(map.phase, (phase) => String(phase)),
    progressAt: optional(map.progress_at, (at) => instant(at, [...path, 'progress_at'])),
    extra: extraKeys(map, AGENT_KEYS),
  };
}

function containment(value: unknown, path: Path): Containment {
  const known = CONTAINMENTS.find((name) => name === value);
  if (known === undefined) throw new ShapeError(path, CONTAINMENTS.join(', '), value);
  return known;
}

function run(value: unknown, path: Path): Run {
  const map = asMap(value, path);
  const at = (key: string): Path => [...path, key];
  return {
    containment: containment(map.containment, at('containment')),
    folder: optional(map.folder, (folder) => asText(folder, at('folder'))),
    mark: asText(map.mark, at('mark')),
    numbers: asList(map.numbers, at('numbers')).map((number, n) => asCount(number, [...at('numbers'), n], 1)),
    root: optional(map.root, (ref) => processRef(ref, at('root'))),
    memoryBytes: optional(map.memory, (bytes) => asCount(bytes, at('memory'), 0, Number.MAX_SAFE_INTEGER)),
    isRetriable: map.retriable === true,
  };
}

function ending(value: unknown, path: Path): Ending {
  const map = asMap(value, path);
  const why = asText(map.why, [...path, 'why']);
  return { since: instant(map.since, [...path, 'since']), why, by: causeIn(map.by, why) };
}

function instant(value: unknown, path: Path): Instant {
  return asInstantMs(value, path) as Instant;
}

export function leaseFromRecord(value: unknown, path: Path): Lease {
  const map = asMap(value, path);
  const at = (key: string): Path => [...path, key];
  const within = optional(map.within, (count) => asCount(count, at('within'))) ?? 0;
  return {
    id: asText(map.id, at('id')) as LeaseId,
    project: projectName(map.project, at('project')),
    slots: asCount(map.slots, at('slots'), within > 0 ? 0 : 1),
    within,
    parent: optional(map.parent, (id) => asText(id, at('parent')) as LeaseId),
    holder: optional(map.holder, (ref) => processRef(ref, at('holder'))),
    acquiredAt: optional(map.acquired_at, (time) => instant(time, at('acquired_at'))),
    expiresAt: optional(map.expires_at, (time) => instant(time, at('expires_at'))),
    agents: asList(map.agents, at('agents')).map((item, n) => agent(item, [...path, 'agents', n])),
    ticket: optional(map.ticket, (id) => asText(id, at('ticket')) as TicketId),
    waiter: optional(map.waiter, (ref) => processRef(ref, at('waiter'))),
    run: optional(map.run, (value) => run(value, at('run'))),
    spawn: optional(map.spawn, (value) => spawnFromRecord(value, at('spawn'))),
    ending: optional(map.ending, (value) => ending(value, at('ending'))),
    pausedAt: optional(map.paused_at, (time) => instant(time, at('paused_at'))),
    extra: extraKeys(map, LEASE_KEYS),
  };
}

export function entryFromRecord(value: unknown, path: Path): QueueEntry {
  const map = asMap(value, path);
  const at = (key: string): Path => [...path, key];
  const slots = asCount(map.slots, at('slots'), 1);
  const offeredUntil = optional(map.offered_until, (time) => instant(time, at('offered_until')));
  const offeredSlots = optional(map.offered_slots, (count) => asCount(count, at('offered_slots'))) ?? slots;
  return {
    ticket: asText(map.ticket, at('ticket')) as TicketId,
    project: projectName(map.project, at('project')),
    slots,
    minSlots: optional(map.min_slots, (count) => asCount(count, at('min_slots'), 1, slots)) ?? slots,
    priority: optional(map.priority, (level) => asNumber(level, at('priority'))),
    queuedAt: instant(map.queued_at, at('queued_at')),
    holder: optional(map.holder, (ref) => processRef(ref, at('holder'))),
    waiter: optional(map.waiter, (ref) => processRef(ref, at('waiter'))),
    agents: asList(map.agents, at('agents')).map((name, n) => asText(name, [...path, 'agents', n])),
    ttlMs: optional(map.ttl_ms, (ms) => asCount(ms, at('ttl_ms'), 0, Number.MAX_SAFE_INTEGER)),
    parent: optional(map.parent, (id) => asText(id, at('parent')) as LeaseId),
    offeredUntil,
    offeredSlots: offeredUntil === null ? 0 : offeredSlots,
    lapsedAt: optional(map.lapsed_at, (time) => instant(time, at('lapsed_at'))),
    run: optional(map.run, (value) => run(value, at('run'))),
    spawn: optional(map.spawn, (value) => spawnFromRecord(value, at('spawn'))),
    extra: extraKeys(map, ENTRY_KEYS),
  };
}

const TIME = '(?:null|"(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z)")';
/** The line of a lease as we write the usual one: nothing inside another, delivered, no keys of somebody's own. */
const USUAL_LEASE = new RegExp(
  `^  - \\{"id":"(L[1-9]\\d{0,14})","project":"([A-Za-z0-9_][A-Za-z0-9._-]{0,63})","slots":([1-9]\\d{0,4}),` +
    `"holder":(null|\\{[^{}]*\\}),"acquired_at":${TIME},"expires_at":${TIME},"agents":\\[\\]\\}$`,
);
const NO_AGENTS: readonly Agent[] = Object.freeze([]);
const NO_EXTRA = Object.freeze({});

/**
 * A reader of the usual line by one pattern: a file of thousands is mostly such lines, and a cold process pays dearly
 * for objects made only to be checked. Holders that many leases name are read once. Null for any other line, which
 * JSON then reads.
 */
export function usualLeaseReader(): (line: string) => Lease | null {
  const holders = new Map<string, ProcessRef | null>([['null', null]]);
  const holderIn = (text: string): ProcessRef | null | undefined => {
    const known = holders.get(text);
    if (known !== undefined) return known;
    const value = parseOwnJson(text);
    if (value === undefined) return undefined;
    const holder = processRef(value, ['holder']);
    holders.set(text, holder);
    return holder;
  };
  return (line) => {
    const match = USUAL_LEASE.exec(line);
    if (match === null) return null;
    const [, id, name = '', slots, holderText = '', acquired, expires] = match;
    const holder = holderIn(holderText);
    const acquiredAt = acquired === undefined ? null : (Date.parse(acquired) as Instant);
    const expiresAt = expires === undefined ? null : (Date.parse(expires) as Instant);
    const isUsual = holder !== undefined && !Number.isNaN(acquiredAt) && !Number.isNaN(expiresAt);
    if (!isUsual || !isProjectName(name)) return null;
    return {
      id: id as LeaseId,
      project: name,
      slots: Number(slots),
      within: 0,
      parent: null,
      holder,
      acquiredAt,
      expiresAt,
      agents: NO_AGENTS,
      ticket: null,
      waiter: null,
      run: null,
      spawn: null,
      ending: null,
      pausedAt: null,
      extra: NO_EXTRA,
    };
  };
}

const iso = (at: Instant | null): string | null => (at === null ? null : new Date(at).toISOString());

/** Keys that say nothing are left out, so that a line stays short enough to read. */
export function refRecord(ref: ProcessRef | null): object | null {
  if (ref === null) return null;
  const { pid, started, boot, ns, command } = ref;
  return {
    pid,
    started,
    ...(command === null ? {} : { command }),
    ...(boot === null ? {} : { boot }),
    ...(ns === null ? {} : { ns }),
  };
}

function runRecord({ containment, folder, mark, numbers, root, memoryBytes, isRetriable }: Run): object {
  return {
    containment,
    ...(folder === null ? {} : { folder }),
    mark,
    ...(numbers.length === 0 ? {} : { numbers }),
    ...(root === null ? {} : { root: refRecord(root) }),
    ...(memoryBytes === null ? {} : { memory: memoryBytes }),
    ...(isRetriable ? { retriable: true } : {}),
  };
}

export function leaseLine(lease: Lease): string {
  return JSON.stringify({
    id: lease.id,
    project: lease.project,
    slots: lease.slots,
    ...(lease.within > 0 ? { within: lease.within } : {}),
    ...(lease.parent === null ? {} : { parent: lease.parent }),
    holder: refRecord(lease.holder),
    acquired_at: iso(lease.acquiredAt),
    expires_at: iso(lease.expiresAt),
    agents: lease.agents.map(({ name, pid, progress, phase, progressAt, extra }) => ({
      name,
      pid,
      progress,
      phase,
      ...(progressAt === null ? {} : { progress_at: iso(progressAt) }),
      ...extra,
    })),
    ...(lease.ticket === null ? {} : { ticket: lease.ticket }),
    ...(lease.waiter === null ? {} : { waiter: refRecord(lease.waiter) }),
    ...(lease.run === null ? {} : { run: runRecord(lease.run) }),
    ...(lease.spawn === null ? {} : { spawn: spawnRecord(lease.spawn) }),
    ...(lease.ending === null ? {} : { ending: { ...lease.ending, since: iso(lease.ending.since) } }),
    ...(lease.pausedAt === null ? {} : { paused_at: iso(lease.pausedAt) }),
    ...lease.extra,
  });
}

export function entryLine(entry: QueueEntry): string {
  return JSON.stringify({
    ticket: entry.ticket,
    project: entry.project,
    slots: entry.slots,
    min_slots: entry.minSlots,
    priority: entry.priority,
    queued_at: iso(entry.queuedAt),
    holder: refRecord(entry.holder),
    waiter: refRecord(entry.waiter),
    offered_until: iso(entry.offeredUntil),
    ...(entry.offeredUntil === null ? {} : { offered_slots: entry.offeredSlots }),
    ...(entry.lapsedAt === null ? {} : { lapsed_at: iso(entry.lapsedAt) }),
    ...(entry.agents.length === 0 ? {} : { agents: entry.agents }),
    ...(entry.ttlMs === null ? {} : { ttl_ms: entry.ttlMs }),
    ...(entry.parent === null ? {} : { parent: entry.parent }),
    ...(entry.run === null ? {} : { run: runRecord(entry.run) }),
    ...(entry.spawn === null ? {} : { spawn: spawnRecord(entry.spawn) }),
    ...entry.extra,
  });
}
