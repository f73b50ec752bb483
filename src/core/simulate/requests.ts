/** What was asked for, when, and how long it was held: the requests of a history, to be served again under other settings. */
import type { KeptRecord } from '../model/record.ts';
import { numberIn, textIn } from '../model/record.ts';

export interface PastRequest {
  /** When it was asked for, in milliseconds. */
  readonly at: number;
  readonly project: string;
  readonly slots: number;
  readonly minSlots: number;
  readonly priority: number | null;
  /** How long it holds what it gets. */
  readonly holdMs: number;
  /** It gives up after waiting so long; null: it waits to the end. */
  readonly patienceMs: number | null;
}

/** Kinds of records that requests are made from. */
export const REQUEST_KINDS: ReadonlySet<string> = new Set([
  'queued',
  'granted',
  'withdrawn',
  'released',
  'reclaimed',
  'killed',
]);

interface Granted extends Omit<PastRequest, 'holdMs' | 'patienceMs'> {
  readonly grantedAt: number;
  holdMs: number | null;
}

/** Collects records in order; what is still held at the end is taken to be held no longer than until then. */
export class PastRequests {
  readonly #granted = new Map<string, Granted>();
  readonly #queued = new Map<string, number | null>();
  readonly #given: PastRequest[] = [];
  #end = 0;

  take(record: KeptRecord): void {
    if (!REQUEST_KINDS.has(record.kind)) return;
    this.#end = Math.max(this.#end, record.at);
    const project = textIn(record, 'project');
    const lease = textIn(record, 'lease');
    const ticket = textIn(record, 'ticket');
    const slots = numberIn(record, 'slots') ?? 0;
    const waitedMs = (numberIn(record, 'waited_seconds') ?? 0) * 1000;
    if (record.kind === 'queued' && ticket !== null) this.#queued.set(ticket, numberIn(record, 'priority'));
    // Slots inside another lease are no request to the pool.
    if (record.kind === 'granted' && lease !== null && project !== null && record.parent === undefined)
      this.#granted.set(lease, {
        at: record.at - waitedMs,
        grantedAt: record.at,
        project,
        slots: numberIn(record, 'requested') ?? slots,
        minSlots: numberIn(record, 'min_slots') ?? slots,
        priority: (ticket === null ? null : this.#queued.get(ticket)) ?? null,
        holdMs: null,
      });
    if (record.kind === 'withdrawn' && project !== null && slots > 0)
      this.#given.push({
        at: record.at - waitedMs,
        project,
        slots,
        minSlots: slots,
        priority: (ticket === null ? null : this.#queued.get(ticket)) ?? null,
        // Had it been served in time, it would have taken what the others of its project take.
        holdMs: -1,
        patienceMs: waitedMs,
      });
    if (record.kind === 'released' || record.kind === 'reclaimed' || record.kind === 'killed') {
      const granted = lease === null ? undefined : this.#granted.get(lease);
      if (granted) granted.holdMs = record.at - granted.grantedAt;
    }
  }

  /** In the order in which they were asked for. */
  all(): PastRequest[] {
    const served = [...this.#granted.values()].map(
      ({ grantedAt, holdMs, ...asked }): PastRequest => ({
        ...asked,
        holdMs: holdMs ?? Math.max(0, this.#end - grantedAt),
        patienceMs: null,
      }),
    );
    const usual = new Map<string, number>();
    for (const { project, holdMs } of served) usual.set(project.toLowerCase(), holdMs);
    const given = this.#given.map((one) => ({ ...one, holdMs: usual.get(one.project.toLowerCase()) ?? 0 }));
    return [...served, ...given].sort((a, b) => a.at - b.at);
  }
}
