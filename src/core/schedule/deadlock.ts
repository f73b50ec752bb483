/**
 * Would a request from inside a lease wait for itself? Found by playing the queue out (the banker's algorithm): a
 * lease whose occupant waits for a nested request ends only after that request was granted; every other lease ends
 * some time. Grant what then fits, let those leases end, and repeat; a request that still does not fit waits for ever.
 */
import type { LeaseId } from '../model/ids.ts';
import { projectKey } from '../model/ids.ts';
import type { Lease } from '../model/lease.ts';
import { leaseSize } from '../model/lease.ts';
import { sameProcess } from '../model/process-ref.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import type { Settings } from '../settings/settings.ts';
import { projectLimit } from '../settings/settings.ts';
import { ancestry, findLease } from '../settle/nesting.ts';

/** The leases that cannot end before `entry` is granted: all it stands inside of, and what its own holder holds. */
function heldBack(state: State, entry: QueueEntry): Set<LeaseId> {
  const chain = ancestry(state.leases, entry.parent);
  // Agents inside one session go on while one of them waits, though all their leases have the same holder.
  const isStuck = (lease: Lease): boolean => lease.spawn === null && sameProcess(lease.holder, entry.holder);
  const own = entry.holder === null ? [] : state.leases.filter(isStuck);
  return new Set([...chain, ...own].map((lease) => lease.id));
}

const sum = (leases: readonly Lease[], slotsOf: (lease: Lease) => number): number =>
  leases.reduce((total, lease) => total + slotsOf(lease), 0);

function fitsOnceOthersEnd(state: State, settings: Settings, entry: QueueEntry, stuck: readonly Lease[]): boolean {
  const key = projectKey(entry.project);
  const inProject = stuck.filter((lease) => projectKey(lease.project) === key);
  const parent = findLease(stuck, entry.parent);
  const inside = parent
    ? leaseSize(parent) - parent.agents.length - sum(stuck, (lease) => (lease.parent === parent.id ? lease.within : 0))
    : 0;
  const fromPool = entry.minSlots - Math.max(0, inside);
  return (
    fromPool <= state.maxSlots - sum(stuck, (lease) => lease.slots) &&
    fromPool <= projectLimit(settings, key) - sum(inProject, (lease) => lease.slots)
  );
}

/** True when `entry`, which must stand in `state.queue`, can never be granted while it waits. */
export function wouldDeadlock(state: State, settings: Settings, entry: QueueEntry): boolean {
  // A pause ends some time.
  if (entry.parent === null || state.maxSlots === 0) return false;
  let waiting = state.queue.filter((other) => other.parent !== null);
  for (;;) {
    const stuckIds = new Set(waiting.flatMap((other) => [...heldBack(state, other)]));
    const stuck = state.leases.filter((lease) => stuckIds.has(lease.id));
    const next = waiting.filter((other) => !fitsOnceOthersEnd(state, settings, other, stuck));
    if (!next.includes(entry)) return false;
    if (next.length === waiting.length) return true;
    waiting = next;
  }
}
