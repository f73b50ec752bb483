/**
 * Simulates past requests under other settings, with the transition that serves real ones and a simulated clock. Effects
 * that a history does not show (memory, health, longer work with fewer slots) are left out.
 */
import type { LeaseId, TicketId } from '../model/ids.ts';
import type { Instant } from '../model/instants.ts';
import { NOWHERE } from '../model/process-ref.ts';
import type { KeptRecord } from '../model/record.ts';
import { emptyState } from '../model/state.ts';
import { Tally } from '../report/tally.ts';
import { reasonFields, waitChanges } from '../schedule/wait-reasons.ts';
import type { Settings } from '../settings/settings.ts';
import { type Command, type Transition, transition } from '../transition.ts';
import type { PastRequest } from './requests.ts';
import { Timeline } from './timeline.ts';

export interface Simulated {
  readonly tally: Tally;
  readonly requests: number;
  readonly served: number;
  readonly gaveUp: number;
  /** Requests for more slots than there are. */
  readonly never: number;
  /** From the first request to the last release. */
  readonly spanMs: number;
}

/** Interval of settling while requests wait, since time alone changes their order (drain_after, aging, spacing). */
const SETTLE_EVERY_MS = 30_000;

type Event =
  | { readonly kind: 'ask'; readonly request: PastRequest; readonly number: number }
  | { readonly kind: 'free'; readonly lease: LeaseId; readonly project: string }
  | { readonly kind: 'give-up'; readonly ticket: TicketId }
  | { readonly kind: 'settle' };

interface Waiter {
  readonly request: PastRequest;
  readonly number: number;
}

/** Plays the requests, oldest first, until no event is left. */
export function simulate(requests: readonly PastRequest[], settings: Settings, maxSlots: number): Simulated {
  const timeline = new Timeline<Event>();
  for (const [number, request] of requests.entries()) timeline.add(request.at, { kind: 'ask', request, number });
  const begin = (requests[0]?.at ?? 0) as Instant;
  const tally = new Tally(settings, maxSlots, { since: begin, until: Number.MAX_SAFE_INTEGER as Instant });
  const waiting = new Map<string, Waiter>();
  let state = emptyState(maxSlots);
  let now = begin;
  let isSettling = false;
  const counts = { served: 0, gaveUp: 0, never: 0 };

  const record = (kind: string, more: Record<string, unknown>): void =>
    tally.take({ at: now, kind, ...more } as KeptRecord);
  const apply = (command: Command): Transition => {
    const environment = {
      now,
      settings,
      dead: new Set<string>(),
      here: NOWHERE,
      memoryAvailableBytes: null,
      memoryTotalBytes: null,
    };
    const done = transition(state, command, environment);
    for (const entry of waitChanges(state.queue, done.state.queue).changed)
      record('waiting', { ticket: entry.ticket, ...reasonFields(entry) });
    state = done.state;
    return done;
  };
  const grant = (lease: LeaseId, slots: number, ticket: string | null, { request }: Waiter): void => {
    counts.served += 1;
    const waited = { waited_seconds: (now - request.at) / 1000, requested: request.slots };
    record('granted', { lease, project: request.project, slots, ...(ticket === null ? {} : { ticket }), ...waited });
    timeline.add(now + request.holdMs, { kind: 'free', lease, project: request.project });
  };
  /** Grants to requests that were waiting. */
  const grantWaiting = ({ events }: Transition): void => {
    for (const event of events) {
      if (event.kind !== 'granted' || event.ticket === null) continue;
      const asked = waiting.get(event.ticket);
      if (asked === undefined) continue;
      waiting.delete(event.ticket);
      grant(event.lease, event.slots, event.ticket, asked);
    }
  };
  const ask = ({ request, number }: Waiter): void => {
    const process = { pid: number + 2, started: number, boot: null, ns: null, command: null };
    const { project, slots, minSlots, priority, patienceMs } = request;
    const done = apply({
      kind: 'request',
      project,
      slots,
      minSlots,
      mode: 'wait',
      priority,
      agents: [],
      holder: process,
      waiter: process,
      ttlMs: null,
      parent: null,
      run: null,
      spawn: null,
    });
    const { outcome } = done;
    if (outcome.kind === 'granted') grant(outcome.lease.id, outcome.lease.slots, null, { request, number });
    else if (outcome.kind === 'queued') {
      const { ticket } = outcome.outlook.entry;
      waiting.set(ticket, { request, number });
      record('queued', { project, ticket, slots, ...reasonFields(outcome.outlook.entry) });
      if (patienceMs !== null) timeline.add(now + patienceMs, { kind: 'give-up', ticket });
    } else counts.never += 1;
    grantWaiting(done);
  };

  for (let next = timeline.next(); next !== null; next = timeline.next()) {
    now = Math.max(now, next.at) as Instant;
    const event = next.item;
    if (event.kind === 'ask') ask(event);
    if (event.kind === 'free') {
      record('released', { lease: event.lease, project: event.project, held_seconds: 0 });
      grantWaiting(
        apply({ kind: 'release', project: event.project, slots: null, lease: event.lease, all: false, caller: null }),
      );
    }
    if (event.kind === 'give-up' && waiting.delete(event.ticket)) {
      counts.gaveUp += 1;
      record('withdrawn', { ticket: event.ticket });
      grantWaiting(apply({ kind: 'withdraw', ticket: event.ticket }));
    }
    if (event.kind === 'settle') {
      isSettling = false;
      grantWaiting(apply({ kind: 'settle' }));
    }
    // With an empty timeline the waiting requests can never be served, and the loop would not end.
    if (waiting.size > 0 && !isSettling && timeline.size > 0) {
      isSettling = true;
      timeline.add(now + SETTLE_EVERY_MS, { kind: 'settle' });
    }
  }
  return { tally, requests: requests.length, ...counts, spanMs: now - begin };
}
