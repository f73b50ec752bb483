/** Wait of one request, as its records show it. */
import type { ProjectKey } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { type KeptRecord, textIn } from '../model/record.ts';

/** Cause of a wait in a `queued` or `waiting` record; null while it waits for its requester, undefined in old records. */
export function causeIn(record: KeptRecord): string | null | undefined {
  if (record.reason === undefined) return undefined;
  return textIn(record, 'binding') ?? textIn(record, 'reason');
}

/** Slots in use and capacity, each × time, in slot-milliseconds. */
export interface SlotTime {
  readonly usedMs: number;
  readonly capacityMs: number;
}

export interface EndedWait {
  /** Milliseconds by cause. */
  readonly causes: ReadonlyMap<string, number>;
  /** Used share of the slots; null when there were none. */
  readonly used: number | null;
}

/** A wait that lasts. */
export class Wait {
  readonly project: ProjectKey;
  readonly slots: number;
  /** Number of its `queued` record among all records of slots. */
  readonly order: number;
  cause: string | null | undefined;
  readonly #causes = new Map<string, number>();
  readonly #before: SlotTime;
  #at: Instant;

  /** `before`: the sums at its start. */
  constructor(record: KeptRecord, project: ProjectKey, slots: number, order: number, before: SlotTime) {
    this.project = project;
    this.slots = slots;
    this.order = order;
    this.#at = record.at;
    this.#before = before;
    this.cause = causeIn(record);
  }

  /** Takes a `waiting` record of the request. */
  changed(record: KeptRecord): void {
    this.#upTo(record.at);
    this.cause = causeIn(record);
  }

  /** The wait as it ends, with the sums at its end. */
  end(at: Instant, now: SlotTime): EndedWait {
    this.#upTo(at);
    const capacityMs = now.capacityMs - this.#before.capacityMs;
    return { causes: this.#causes, used: capacityMs > 0 ? (now.usedMs - this.#before.usedMs) / capacityMs : null };
  }

  #upTo(at: Instant): void {
    if (typeof this.cause === 'string')
      this.#causes.set(this.cause, (this.#causes.get(this.cause) ?? 0) + Math.max(0, at - this.#at));
    this.#at = at;
  }
}
