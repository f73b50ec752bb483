/** What the history says about slots: who held and who waited, span by span. */
import type { Event, Files, Raw } from './files.ts';
import { same, sum } from './present.ts';

export interface Held {
  readonly lease: string;
  readonly project: string;
  readonly slots: number;
  readonly agents: readonly string[];
  /** Number of the `granted` record. */
  readonly order: number;
}

export interface Queued {
  readonly ticket: string;
  readonly project: string;
  readonly slots: number;
  /** Number of the `queued` record. */
  readonly order: number;
  /** What it waits for; null for nothing, undefined when its records do not say. */
  readonly cause: string | null | undefined;
}

/** A span in which nothing changes; `from` and `to` in milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly held: readonly Held[];
  readonly queued: readonly Queued[];
  readonly capacity: number;
}

export const slotsOf = (items: readonly { readonly slots: number }[]): number => sum(items.map(({ slots }) => slots));
export const lengthOf = ({ from, to }: Span): number => to - from;

const without = (held: readonly Held[], lease: string, slots: number): Held[] =>
  held.map((one) => (one.lease === lease ? { ...one, slots: one.slots - slots } : one)).filter((one) => one.slots > 0);

/** What the record of a request says of the cause of its wait. */
export const causeIn = ({ binding, reason }: Event): string | null | undefined =>
  reason == null ? reason : (binding ?? reason);

type Change = readonly [readonly Held[], readonly Queued[]];

function change(event: Event, order: number, held: readonly Held[], queued: readonly Queued[]): Change {
  const { kind, lease, project, slots, ticket, agents = [] } = event;
  const others = ticket === undefined ? queued : queued.filter((one) => one.ticket !== ticket);
  switch (kind) {
    case 'granted':
      return [event.parent == null ? [...held, { lease, project, slots, agents, order }] : held, others];
    case 'released':
      return [without(held, lease, slots), queued];
    case 'reclaimed':
    case 'killed':
      return [held.filter((one) => one.lease !== lease), queued];
    case 'queued':
      return [held, [...others, { ticket, project, slots, order, cause: causeIn(event) }]];
    case 'waiting':
      return [held, queued.map((one) => (one.ticket === ticket ? { ...one, cause: causeIn(event) } : one))];
    case 'withdrawn':
    case 'dropped':
      return [held, others];
    default:
      return [held, queued];
  }
}

function capacityIn(event: Event): number | null {
  if (event.kind === 'sample') return event.effective_max_slots ?? null;
  return event.kind === 'max-set' ? event.max_slots : null;
}

/** The spans from `since` to `until`; they begin and end at each record. */
export function spansIn({ events, slots }: Files, since: number, until: number): Span[] {
  const spans: Span[] = [];
  let held: readonly Held[] = [];
  let queued: readonly Queued[] = [];
  let capacity: number = slots.max_slots;
  let from = since;
  const close = (to: number): void => {
    if (to > from) spans.push({ from, to, held, queued, capacity });
    from = Math.max(from, to);
  };
  for (const [order, event] of events.entries()) {
    if (event.at > until) break;
    close(event.at);
    [held, queued] = change(event, order, held, queued);
    capacity = capacityIn(event) ?? capacity;
  }
  close(until);
  return spans;
}

/** Who holds and who waits at `until`, after the records of that moment. */
export const endIn = (files: Files, until: number): Span => spansIn(files, until, until + 1)[0] as Span;

/** Slots × milliseconds of the part of each span that `slots` says. */
export const integral = (spans: readonly Span[], slots: (span: Span) => number): number =>
  sum(spans.map((span) => slots(span) * lengthOf(span)));

export const of = <T extends { readonly project: string }>(project: string, items: readonly T[]): T[] =>
  items.filter((item) => same(item.project, project));

export const between = (events: readonly Event[], since: number, until: number): Event[] =>
  events.filter(({ at }) => at >= since && at <= until);

/** The waits of grants in seconds; one that says nothing waited 0. */
export const waitsOf = (grants: readonly Raw[]): number[] => grants.map((grant) => grant.waited_seconds ?? 0);

/** The mean; 0 of nothing. */
export const mean = (numbers: readonly number[]): number => (numbers.length === 0 ? 0 : sum(numbers) / numbers.length);

/** The upper quantile of waits: the longest in the first class, of classes that grow by 10%, that reaches the part. */
export function quantile(waits: readonly number[], part: number): number {
  const classOf = (wait: number): number => (wait < 0.001 ? -1 : Math.floor(Math.log(wait * 1000) / Math.log(1.1)));
  const sorted = [...waits].sort((one, other) => one - other);
  const reaching = sorted.find((_, at) => at + 1 >= part * sorted.length);
  if (reaching === undefined) return 0;
  return Math.max(...sorted.filter((wait) => classOf(wait) <= classOf(reaching)));
}
