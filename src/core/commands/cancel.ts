/** cancel, withdraw and step-back: three ways for a request to leave its place in the queue. */
import type { Environment } from '../environment.ts';
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

export type Cancelled =
  | { readonly state: State; readonly cancelled: readonly QueueEntry[] }
  | { readonly refusal: Refusal };

const looksLikeTicket = (target: string): boolean => /^T\d+$/i.test(target);

export function cancel(state: State, env: Environment, command: CancelCommand): Cancelled {
  const chosen = new Set<QueueEntry>();
  for (const target of command.targets) {
    const byTicket = state.queue.filter((entry) => entry.ticket.toLowerCase() === target.toLowerCase());
    const byProject = state.queue.filter((entry) => projectKey(entry.project) === projectKey(target));
    const found = byTicket.length > 0 ? byTicket : byProject;
    if (found.length === 0) {
      const tickets = state.queue.map((entry) => entry.ticket);
      const known = knownProjects(state, env.settings);
      const isProject = known.some((name) => projectKey(name) === projectKey(target));
      if (isProject || looksLikeTicket(target)) return { refusal: { code: 'no-such-ticket', ticket: target, tickets } };
      return { refusal: { code: 'no-such-project', project: target, known } };
    }
    for (const entry of found) chosen.add(entry);
  }
  return { state: { ...state, queue: state.queue.filter((entry) => !chosen.has(entry)) }, cancelled: [...chosen] };
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
