/** Leases and queue entries in slots.yaml, one JSON object (which is YAML) a line. */
import { isProjectName, type LeaseId, type TicketId } from '../../core/model/ids.ts';
import type { Agent, Ending, Lease, Run, Spawn } from '../../core/model/lease.ts';
import { CONTAINMENTS, causeIn } from '../../core/model/lease.ts';
import type { QueueEntry } from '../../core/model/queue-entry.ts';
import type { Reason } from '../../core/reason.ts';
import { asCount, type RawMap } from '../../core/shape.ts';
import type { Codec } from './codec.ts';
import {
  bigCount,
  checked,
  count,
  flag,
  list,
  listed,
  number,
  oneOf,
  openRecord,
  optional,
  orNull,
  record,
  text,
  time,
  usual,
  words,
} from './codec.ts';
import { PID, PROCESS } from './process-record.ts';

export const PROJECT = checked(text(), isProjectName, 'a project name (1 to 64 of A-Z a-z 0-9 . _ -)');

const AGENT = openRecord<Agent>({
  name: ['name', text()],
  pid: ['pid', orNull(PID)],
  progress: ['progress', orNull(number)],
  phase: ['phase', orNull(words)],
  progressAt: ['progress_at', optional(time)],
});

const RUN = record<Run>({
  containment: ['containment', oneOf(CONTAINMENTS)],
  folder: ['folder', optional(text())],
  mark: ['mark', text()],
  numbers: ['numbers', listed(count(1))],
  root: ['root', optional(PROCESS)],
  memoryBytes: ['memory', optional(bigCount())],
  isRetriable: ['retriable', flag],
});

/** store/glance.ts reads `heard_at` from the text after `agent_id`. */
const SPAWN = record<Spawn>({
  session: ['session', text()],
  toolCall: ['tool_call', optional(text())],
  agentId: ['agent_id', optional(text())],
  heardAt: ['heard_at', time],
  isNested: ['nested', flag],
});

const ENDING_FIELDS = record<Omit<Ending, 'by'>>({ since: ['since', time], why: ['why', text()] });
const ENDING: Codec<Ending> = {
  read(value) {
    const fields = ENDING_FIELDS.read(value);
    return { ...fields, by: causeIn((value as RawMap).by, fields.why) };
  },
  write: (ending) => ({ ...ENDING_FIELDS.write(ending), by: ending.by }),
};

/** A count that LEASE or ENTRY checks, because its minimum depends on another key. */
const UNCHECKED_COUNT: Codec<number> = { read: (value) => value as number, write: (count) => count };

const ANY_LEASE = openRecord<Lease>({
  id: ['id', text<LeaseId>()],
  project: ['project', PROJECT],
  slots: ['slots', UNCHECKED_COUNT],
  within: ['within', usual(count(), 0)],
  parent: ['parent', optional(text<LeaseId>())],
  holder: ['holder', orNull(PROCESS)],
  acquiredAt: ['acquired_at', orNull(time)],
  expiresAt: ['expires_at', orNull(time)],
  agents: ['agents', list(AGENT)],
  ticket: ['ticket', optional(text<TicketId>())],
  waiter: ['waiter', optional(PROCESS)],
  run: ['run', optional(RUN)],
  spawn: ['spawn', optional(SPAWN)],
  ending: ['ending', optional(ENDING)],
  pausedAt: ['paused_at', optional(time)],
});

export const LEASE: Codec<Lease> = {
  read(value) {
    const lease = ANY_LEASE.read(value);
    asCount(lease.slots, ['slots'], lease.within > 0 ? 0 : 1);
    return lease;
  },
  write: ANY_LEASE.write,
};

type Stated = Omit<QueueEntry, 'minSlots' | 'offeredSlots'> &
  Readonly<Record<'minSlots' | 'offeredSlots', number | null>>;

const STATED_ENTRY = openRecord<Stated>({
  ticket: ['ticket', text<TicketId>()],
  project: ['project', PROJECT],
  slots: ['slots', count(1)],
  minSlots: ['min_slots', orNull(UNCHECKED_COUNT)],
  priority: ['priority', orNull(number)],
  queuedAt: ['queued_at', time],
  holder: ['holder', orNull(PROCESS)],
  waiter: ['waiter', orNull(PROCESS)],
  offeredUntil: ['offered_until', orNull(time)],
  offeredSlots: ['offered_slots', optional(count())],
  lapsedAt: ['lapsed_at', optional(time)],
  reason: ['reason', optional(text<Reason>())],
  binding: ['binding', optional(text<Reason>())],
  agents: ['agents', listed(text())],
  ttlMs: ['ttl_ms', optional(bigCount())],
  parent: ['parent', optional(text<LeaseId>())],
  run: ['run', optional(RUN)],
  spawn: ['spawn', optional(SPAWN)],
});

export const ENTRY: Codec<QueueEntry> = {
  read(value) {
    const { minSlots, offeredSlots, ...entry } = STATED_ENTRY.read(value);
    return {
      ...entry,
      minSlots: minSlots === null ? entry.slots : asCount(minSlots, ['min_slots'], 1, entry.slots),
      offeredSlots: entry.offeredUntil === null ? 0 : (offeredSlots ?? entry.slots),
    };
  },
  write: (entry) => STATED_ENTRY.write(entry.offeredUntil === null ? { ...entry, offeredSlots: null } : entry),
};
