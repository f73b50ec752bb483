/** Carries out the grants of a cycle: leases for present requesters, offers for absent ones. */
import type { Change } from '../change.ts';
import { type Environment, isPresent } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import { idNumber, type LeaseId, type TicketId } from '../model/ids.ts';
import { plusMs } from '../model/instants.ts';
import type { Lease } from '../model/lease.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import type { Grant } from './cycle.ts';

export interface Scheduled extends Change {
  /** The asker's new lease, if it got one. */
  readonly lease: Lease | null;
}

/** The `count` lowest numbers from 1 that no run has. */
function freeNumbers(leases: readonly Lease[], count: number): number[] {
  const taken = new Set(leases.flatMap(({ run }) => run?.numbers ?? []));
  const numbers: number[] = [];
  for (let number = 1; numbers.length < count; number += 1) if (!taken.has(number)) numbers.push(number);
  return numbers;
}

function leaseFor(
  { entry, slots, within }: Grant,
  env: Environment,
  id: LeaseId,
  isDelivered: boolean,
  others: readonly Lease[],
): Lease {
  const isBounded = entry.holder === null || entry.spawn !== null;
  const ttlMs = entry.ttlMs ?? (isBounded ? env.settings.leaseTtlMs : null);
  return {
    id,
    project: entry.project,
    slots: slots - within,
    within,
    parent: entry.parent,
    holder: entry.holder,
    acquiredAt: env.now,
    expiresAt: ttlMs === null ? null : plusMs(env.now, ttlMs),
    agents: entry.agents.map((name) => ({ name, pid: null, progress: null, phase: null, progressAt: null, extra: {} })),
    ticket: isDelivered ? null : entry.ticket,
    waiter: isDelivered ? null : entry.waiter,
    run: entry.run === null ? null : { ...entry.run, numbers: freeNumbers(others, slots) },
    spawn: entry.spawn === null ? null : { ...entry.spawn, heardAt: env.now },
    ending: null,
    pausedAt: null,
    extra: entry.extra,
  };
}

/**
 * Turns a grant into a lease if its requester is the `asker` of this command or a live waiter (the lease then keeps the
 * waiter), and otherwise into an offer that stays open for `claim_within`.
 */
export function carryOut(state: State, env: Environment, grants: readonly Grant[], asker: TicketId | null): Scheduled {
  if (grants.length === 0) return { state, events: [], lease: null };
  const events: CoreEvent[] = [];
  const leases = [...state.leases];
  const ids = new Set(leases.map(({ id }) => id));
  const settled = new Map<TicketId, QueueEntry | null>();
  let { nextId, lastGrantAt } = state;
  let own: Lease | null = null;

  for (const grant of grants) {
    const { entry, slots, within } = grant;
    const { ticket, project } = entry;
    if (ticket !== asker && !isPresent(env, entry.waiter)) {
      const until = plusMs(env.now, env.settings.claimWithinMs);
      settled.set(ticket, { ...entry, offeredUntil: until, offeredSlots: slots });
      events.push({ kind: 'offered', ticket, project, slots, until });
      continue;
    }
    // Ticket T9 becomes lease L9, unless a person numbered leases by hand.
    const sameNumber = `L${idNumber(ticket)}` as LeaseId;
    const isUsable = sameNumber !== 'L0' && !ids.has(sameNumber);
    const id = isUsable ? sameNumber : (`L${nextId}` as LeaseId);
    if (!isUsable) nextId += 1;
    const lease = leaseFor(grant, env, id, ticket === asker, leases);
    leases.push(lease);
    ids.add(id);
    settled.set(ticket, null);
    if (env.settings.startSpacingMs > 0 && slots > within) lastGrantAt = env.now;
    if (ticket === asker) own = lease;
    events.push({ kind: 'granted', ticket, lease: id, project, slots });
  }

  const queue = state.queue.flatMap((entry) => {
    const changed = settled.get(entry.ticket);
    return changed === undefined ? [entry] : changed === null ? [] : [changed];
  });
  return { state: { ...state, leases, queue, nextId, lastGrantAt }, events, lease: own };
}
