/**
 * Replays a history to know at every moment who holds slots and who waits. Each record is a change, and nothing changes
 * between two records: `onSpan` is called for that span before the change is applied.
 */
import { type ProjectKey, projectKey } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { type KeptRecord, numberIn, textIn } from '../model/record.ts';
import { type EndedWait, type SlotTime, Wait } from './wait.ts';

export interface Held {
  readonly project: ProjectKey;
  readonly agents: readonly string[];
  /** Number of its `granted` record among all records of slots. */
  readonly order: number;
  slots: number;
}

/** Kinds of records that change holdings, waits or the capacity. */
export const SLOT_KINDS: ReadonlySet<string> = new Set([
  'granted',
  'released',
  'reclaimed',
  'killed',
  'queued',
  'waiting',
  'offered',
  'withdrawn',
  'dropped',
  'denied',
  'max-set',
  'sample',
]);

export class SlotSweep {
  readonly held = new Map<string, Held>();
  /** Waits by ticket. */
  readonly waiting = new Map<string, Wait>();
  /** Slots in use and capacity since the first record, each × time. */
  usedMs = 0;
  capacityMs = 0;
  /** Slots in use, in all and by project; `held` is in the order of the grants. */
  used = 0;
  readonly usedBy = new Map<ProjectKey, number>();
  readonly queuedBy = new Map<ProjectKey, number>();
  /** Slots that may be in use at once. */
  capacity: number;
  #queued = 0;
  #order = 0;
  #at: Instant | null = null;
  readonly #onSpan: (ms: number, from: Instant) => void;

  constructor(capacity: number, onSpan: (ms: number, from: Instant) => void) {
    this.capacity = capacity;
    this.#onSpan = onSpan;
  }

  /** Slots that all waiting requests ask for. */
  get queued(): number {
    return this.#queued;
  }

  /** The wait of this ticket up to now; null when its request is not known. */
  waitOf(ticket: string | null, at: Instant): EndedWait | null {
    this.upTo(at);
    return this.waiting.get(ticket ?? '')?.end(at, this.#sums()) ?? null;
  }

  #sums(): SlotTime {
    return { usedMs: this.usedMs, capacityMs: this.capacityMs };
  }

  /** Advances the time without a change. */
  upTo(at: Instant): void {
    if (this.#at !== null && at > this.#at) {
      this.#onSpan(at - this.#at, this.#at);
      this.usedMs += this.used * (at - this.#at);
      this.capacityMs += this.capacity * (at - this.#at);
    }
    this.#at = this.#at === null ? at : (Math.max(this.#at, at) as Instant);
  }

  take(record: KeptRecord): void {
    if (!SLOT_KINDS.has(record.kind)) return;
    this.upTo(record.at);
    this.#order += 1;
    switch (record.kind) {
      case 'granted':
        this.#grant(record);
        break;
      case 'released':
      case 'reclaimed':
      case 'killed':
        this.#free(textIn(record, 'lease'), numberIn(record, 'slots') ?? Number.POSITIVE_INFINITY);
        break;
      case 'queued':
        this.#queue(record);
        break;
      case 'waiting':
        this.waiting.get(textIn(record, 'ticket') ?? '')?.changed(record);
        break;
      case 'withdrawn':
      case 'dropped':
        this.#leave(textIn(record, 'ticket'));
        break;
      case 'max-set':
        this.capacity = numberIn(record, 'max_slots') ?? this.capacity;
        break;
      case 'sample':
        this.capacity = numberIn(record, 'effective_max_slots') ?? this.capacity;
        break;
    }
  }

  #grant(record: KeptRecord): void {
    const { agents } = record;
    const lease = textIn(record, 'lease');
    const named = textIn(record, 'project');
    const slots = numberIn(record, 'slots') ?? 0;
    this.#leave(textIn(record, 'ticket'));
    // Slots inside another lease are part of that lease.
    if (lease === null || named === null || record.parent !== undefined) return;
    this.#free(lease, Number.POSITIVE_INFINITY);
    const project = projectKey(named);
    const names = Array.isArray(agents) ? agents.map(String) : [];
    this.held.set(lease, { project, agents: names, order: this.#order, slots });
    this.#use(project, slots);
  }

  #free(lease: string | null, slots: number): void {
    const held = lease === null ? undefined : this.held.get(lease);
    if (held === undefined || lease === null) return;
    const freed = Math.min(slots, held.slots);
    held.slots -= freed;
    this.#use(held.project, -freed);
    if (held.slots === 0) this.held.delete(lease);
  }

  #use(project: ProjectKey, slots: number): void {
    this.used += slots;
    this.usedBy.set(project, (this.usedBy.get(project) ?? 0) + slots);
  }

  #queue(record: KeptRecord): void {
    const ticket = textIn(record, 'ticket');
    const named = textIn(record, 'project');
    if (ticket === null || named === null) return;
    const project = projectKey(named);
    const slots = numberIn(record, 'slots') ?? 0;
    this.#leave(ticket);
    this.waiting.set(ticket, new Wait(record, project, slots, this.#order, this.#sums()));
    this.#queued += slots;
    this.queuedBy.set(project, (this.queuedBy.get(project) ?? 0) + slots);
  }

  #leave(ticket: string | null): void {
    const entry = ticket === null ? undefined : this.waiting.get(ticket);
    if (entry === undefined || ticket === null) return;
    this.waiting.delete(ticket);
    this.#queued -= entry.slots;
    this.queuedBy.set(entry.project, (this.queuedBy.get(entry.project) ?? 0) - entry.slots);
  }
}
