/** cancel, withdraw and step-back: three ways for a request to leave its place in the queue. */
import type { Environment } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import { projectKey } from '../model/ids.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import { knownProjects } from '../projects.ts';
import type { Refusal } from '../refusal.ts';
import { removeLease } from '../settle/nesting.ts';

export interface CancelCommand {
  readonly kind: 'cancel';
  /** Tickets, or project names for all requests of a project. */
  readonly targets: readonly string[];
}

/** A waiter withdraws: its ticket leaves the queue, and its undelivered lease is given back. */
export interface WithdrawCommand {
  readonly kind: 'withdraw';
  readonly ticket: string;
}

/** A waiter leaves and its place is kept: it is passed over until it asks again. */
export interface StepBackCommand {
  readonly kind: 'step-back';
  readonly ticket: string;
}

/** A request that the settling before this command dropped. */
export interface Dropped {
  readonly entry: QueueEntry;
  readonly why: Extract<CoreEvent, { kind: 'dropped' }>['why'];
}

export type Cancelled =
  | { readonly state: State; readonly cancelled: readonly QueueEntry[]; readonly dropped: readonly Dropped[] }
  | { readonly refusal: Refusal };

/** The requests with this ticket; without any, those of the project with this name. */
function targetsIn<T>(items: readonly T[], entryOf: (item: T) => QueueEntry, target: string): readonly T[] {
  const byTicket = items.filter((item) => entryOf(item).ticket.toLowerCase() === target.toLowerCase());
  if (byTicket.length > 0) return byTicket;
  return items.filter((item) => projectKey(entryOf(item).project) === projectKey(target));
}

/** Requests that are no longer in the queue because `events` dropped them. */
const droppedBy = (events: readonly CoreEvent[], before: State): readonly Dropped[] =>
  events.flatMap((event) => {
    const entry = event.kind === 'dropped' ? before.queue.find(({ ticket }) => ticket === event.ticket) : undefined;
    return event.kind === 'dropped' && entry !== undefined ? [{ entry, why: event.why }] : [];
  });

const looksLikeTicket = (target: string): boolean => /^T\d+$/i.test(target);

/** `settled` is the change that led to `state`: its dropped requests may be named too, since a screen may still show them. */
export function cancel(
  state: State,
  env: Environment,
  command: CancelCommand,
  settled: { readonly before: State; readonly events: readonly CoreEvent[] },
): Cancelled {
  const chosen = new Set<QueueEntry>();
  const lost = new Set<Dropped>();
  const droppedNow = droppedBy(settled.events, settled.before);
  for (const target of command.targets) {
    const found = targetsIn(state.queue, (entry) => entry, target);
    const dropped = targetsIn(droppedNow, ({ entry }) => entry, target);
    for (const item of dropped) lost.add(item);
    if (found.length + dropped.length === 0) {
      const tickets = state.queue.map((entry) => entry.ticket);
      const known = knownProjects(settled.before, env.settings);
      const isProject = known.some((name) => projectKey(name) === projectKey(target));
      if (isProject || looksLikeTicket(target)) return { refusal: { code: 'no-such-ticket', ticket: target, tickets } };
      return { refusal: { code: 'no-such-project', project: target, known } };
    }
    for (const entry of found) chosen.add(entry);
  }
  const queue = chosen.size === 0 ? state.queue : state.queue.filter((entry) => !chosen.has(entry));
  return { state: { ...state, queue }, cancelled: [...chosen], dropped: [...lost] };
}

export function withdraw(state: State, ticket: string): State {
  const granted = state.leases.find((lease) => lease.ticket === ticket);
  if (granted) return { ...state, leases: removeLease(state.leases, granted.id) };
  const queue = state.queue.filter((entry) => entry.ticket !== ticket);
  return queue.length === state.queue.length ? state : { ...state, queue };
}

/** A request that was granted meanwhile stays granted. */
export function stepBack(state: State, env: Environment, ticket: string): State {
  const entry = state.queue.find((one) => one.ticket === ticket);
  if (entry === undefined) return state;
  const back: QueueEntry = { ...entry, waiter: null, lapsedAt: env.now, offeredUntil: null, offeredSlots: 0 };
  return { ...state, queue: state.queue.map((one) => (one === entry ? back : one)) };
}
