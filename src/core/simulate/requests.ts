/** Requests of a history, to be simulated under other settings. */
import { type KeptRecord, numberIn, textIn } from '../model/record.ts';

export interface PastRequest {
  /** Instant of the request, in milliseconds since the epoch. */
  readonly at: number;
  readonly project: string;
  readonly slots: number;
  readonly minSlots: number;
  readonly priority: number | null;
  /** Time from the grant to the release, in milliseconds. */
  readonly holdMs: number;
  /** Wait after which the request is withdrawn, in milliseconds; null if it never is. */
  readonly patienceMs: number | null;
}

/** Kinds of records that past requests are made from. */
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

/** Collects requests from records in order. Slots still held at the end of the history count as released then. */
export class PastRequests {
  readonly #granted = new Map<string, Granted>();
  readonly #queued = new Map<string, number | null>();
  readonly #withdrawn: PastRequest[] = [];
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
    // Slots inside another lease do not come from the pool.
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
      this.#withdrawn.push({
        at: record.at - waitedMs,
        project,
        slots,
        minSlots: slots,
        priority: (ticket === null ? null : this.#queued.get(ticket)) ?? null,
        // `all` replaces it by the time of the project's last served request.
        holdMs: -1,
        patienceMs: waitedMs,
      });
    if (record.kind === 'released' || record.kind === 'reclaimed' || record.kind === 'killed') {
      const granted = lease === null ? undefined : this.#granted.get(lease);
      if (granted) granted.holdMs = record.at - granted.grantedAt;
    }
  }

  /** All requests, oldest first. */
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
    const withdrawn = this.#withdrawn.map((past) => ({ ...past, holdMs: usual.get(past.project.toLowerCase()) ?? 0 }));
    return [...served, ...withdrawn].sort((a, b) => a.at - b.at);
  }
}
