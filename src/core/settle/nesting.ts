/**
 * Leases inside leases. A lease that was asked for from inside another takes that one's free slots first (`within`)
 * and only the rest from the pool (`slots`). Whatever happens to the parent, the pool's sum never grows by it.
 */
import type { LeaseId } from '../model/ids.ts';
import type { Lease } from '../model/lease.ts';
import { leaseSize } from '../model/lease.ts';
import type { QueueEntry } from '../model/queue-entry.ts';

export const findLease = (leases: readonly Lease[], id: LeaseId | null): Lease | undefined =>
  id === null ? undefined : leases.find((lease) => lease.id === id);

const usedInside = (leases: readonly Lease[], id: LeaseId): number =>
  leases.reduce((sum, lease) => (lease.parent === id ? sum + lease.within : sum), 0);

/** Slots of a lease that neither one of its named agents nor a lease inside it uses. */
export const freeInside = (leases: readonly Lease[], lease: Lease): number =>
  Math.max(0, leaseSize(lease) - lease.agents.length - usedInside(leases, lease.id));

/** The lease and all it stands in, innermost first. */
export function ancestry(leases: readonly Lease[], id: LeaseId | null): Lease[] {
  const chain: Lease[] = [];
  let lease = findLease(leases, id);
  while (lease && !chain.includes(lease)) {
    chain.push(lease);
    lease = findLease(leases, lease.parent);
  }
  return chain;
}

/**
 * Without the lease. Leases inside it live on: what it had used inside its own parent passes to them first, the
 * rest becomes theirs from the pool, which is never more than the removed lease gives back.
 */
export function removeLease(leases: readonly Lease[], id: LeaseId): Lease[] {
  const gone = findLease(leases, id);
  if (!gone) return [...leases];
  let room = gone.within;
  return leases
    .filter((lease) => lease.id !== id)
    .map((lease) => {
      if (lease.parent !== id) return lease;
      const within = gone.parent === null ? 0 : Math.min(lease.within, room);
      room -= within;
      return { ...lease, parent: gone.parent, within, slots: lease.slots + lease.within - within };
    });
}

/** With the lease smaller by `count`, or null when leases inside it use what would be cut. */
export function shrinkLease(leases: readonly Lease[], id: LeaseId, count: number): Lease[] | null {
  const lease = findLease(leases, id);
  if (!lease) return [...leases];
  if (count >= leaseSize(lease)) return removeLease(leases, id);
  if (leaseSize(lease) - count < usedInside(leases, id)) return null;
  const fromPool = Math.min(lease.slots, count);
  const smaller = { ...lease, slots: lease.slots - fromPool, within: lease.within - (count - fromPool) };
  return leases.map((other) => (other.id === id ? smaller : other));
}

/** The queue without the privilege of requests that were asked from inside a lease that has ended. */
export function withoutLostParents(queue: readonly QueueEntry[], leases: readonly Lease[]): readonly QueueEntry[] {
  const isLost = ({ parent }: QueueEntry): boolean => parent !== null && !findLease(leases, parent);
  return queue.some(isLost) ? queue.map((entry) => (isLost(entry) ? { ...entry, parent: null } : entry)) : queue;
}
