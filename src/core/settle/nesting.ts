/**
 * Leases inside leases. A lease requested from inside another one takes free slots of that parent first (`within`) and
 * only the rest from the pool (`slots`). The end of the parent never raises the number of slots in use.
 */
import type { LeaseId } from '../model/ids.ts';
import { type Lease, leaseSize } from '../model/lease.ts';
import type { QueueEntry } from '../model/queue-entry.ts';

export const findLease = (leases: readonly Lease[], id: LeaseId | null): Lease | undefined =>
  id === null ? undefined : leases.find((lease) => lease.id === id);

const usedInside = (leases: readonly Lease[], id: LeaseId): number =>
  leases.reduce((sum, lease) => (lease.parent === id ? sum + lease.within : sum), 0);

/** Slots of a lease that no named agent and no inner lease uses. */
export const freeInside = (leases: readonly Lease[], lease: Lease): number =>
  Math.max(0, leaseSize(lease) - lease.agents.length - usedInside(leases, lease.id));

/** The lease and its ancestors, innermost first. */
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
 * Removes the lease. Its inner leases stay: they first inherit the slots it had inside its own parent and take the rest
 * from the pool, which is never more than the removed lease gives back.
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

/**
 * Removes several leases, in their order. Those that neither stand inside another lease nor have one inside go in one
 * pass, so that a pool of thousands of dead leases is settled at once.
 */
export function removeLeases(leases: readonly Lease[], ids: readonly LeaseId[]): readonly Lease[] {
  if (ids.length === 0) return leases;
  const gone = new Set(ids);
  const parents = new Set(leases.map(({ parent }) => parent));
  const isAlone = ({ id, parent }: Lease): boolean => gone.has(id) && parent === null && !parents.has(id);
  const alone = new Set(leases.filter(isAlone).map(({ id }) => id));
  const rest = leases.filter(({ id }) => !alone.has(id));
  return ids.filter((id) => !alone.has(id)).reduce<readonly Lease[]>(removeLease, rest);
}

/** Shrinks the lease by `count` slots; null when its inner leases use them. */
export function shrinkLease(leases: readonly Lease[], id: LeaseId, count: number): Lease[] | null {
  const lease = findLease(leases, id);
  if (!lease) return [...leases];
  if (count >= leaseSize(lease)) return removeLease(leases, id);
  if (leaseSize(lease) - count < usedInside(leases, id)) return null;
  const fromPool = Math.min(lease.slots, count);
  const smaller = { ...lease, slots: lease.slots - fromPool, within: lease.within - (count - fromPool) };
  return leases.map((other) => (other.id === id ? smaller : other));
}

/** Requests whose parent lease has ended lose the privilege of being nested. */
export function withoutLostParents(queue: readonly QueueEntry[], leases: readonly Lease[]): readonly QueueEntry[] {
  const isLost = ({ parent }: QueueEntry): boolean => parent !== null && !findLease(leases, parent);
  return queue.some(isLost) ? queue.map((entry) => (isLost(entry) ? { ...entry, parent: null } : entry)) : queue;
}
