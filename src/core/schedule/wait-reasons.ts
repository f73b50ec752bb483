/** Reasons of waiting requests, kept in the queue, so that each change of a reason is seen and recorded. */
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import type { Pending } from './cycle.ts';

/** The state with the reasons of this plan; the same object when none has changed. */
export function withReasons(state: State, pending: readonly Pending[]): State {
  const byTicket = new Map(pending.map((one) => [one.entry.ticket, one]));
  const queue = state.queue.map((entry): QueueEntry => {
    const found = byTicket.get(entry.ticket);
    const reason = found === undefined || found.binding === null ? null : found.reason;
    const binding = found === undefined || found.binding === reason ? null : found.binding;
    return entry.reason === reason && entry.binding === binding ? entry : { ...entry, reason, binding };
  });
  return queue.some((entry, at) => entry !== state.queue[at]) ? { ...state, queue } : state;
}

/** Requests of the queue after a change that are new, and those that wait for another reason than before it. */
export function waitChanges(
  before: readonly QueueEntry[],
  after: readonly QueueEntry[],
): { readonly queued: readonly QueueEntry[]; readonly changed: readonly QueueEntry[] } {
  const known = new Map(before.map((entry) => [entry.ticket, entry]));
  return {
    queued: after.filter(({ ticket }) => !known.has(ticket)),
    changed: after.filter(({ ticket, reason, binding }) => {
      const was = known.get(ticket);
      return was !== undefined && (was.reason !== reason || was.binding !== binding);
    }),
  };
}

/** Fields of a record with the reason of a request; `binding` only where another request's reason decides. */
export const reasonFields = ({ reason, binding }: QueueEntry): Readonly<Record<string, string | null>> => ({
  reason,
  ...(binding === null ? {} : { binding }),
});
