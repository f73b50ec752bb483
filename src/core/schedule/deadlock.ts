/**
 * Detects nested requests that would wait for themselves, with the banker's algorithm: a lease whose occupant waits for
 * a nested request ends only after that request is granted; every other lease ends eventually. Grant the requests that
 * then fit, let their leases end, and repeat; a request that never fits would wait for ever.
 */
import { type LeaseId, projectKey } from '../model/ids.ts';
import { type Lease, leaseSize } from '../model/lease.ts';
import { sameProcess } from '../model/process-ref.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import { projectLimit, type Settings } from '../settings/settings.ts';
import { ancestry, findLease } from '../settle/nesting.ts';

/** Leases that cannot end before `entry` is granted: its ancestors, and the leases of its own holder. */
function heldBack(state: State, entry: QueueEntry): Set<LeaseId> {
  const chain = ancestry(state.leases, entry.parent);
  // Agents inside one session keep working while one of them waits, although all their leases have the same holder.
  const isStuck = (lease: Lease): boolean => lease.spawn === null && sameProcess(lease.holder, entry.holder);
  const own = entry.holder === null ? [] : state.leases.filter(isStuck);
  return new Set([...chain, ...own].map((lease) => lease.id));
}

const slotsIn = (leases: readonly Lease[], slotsOf: (lease: Lease) => number): number =>
  leases.reduce((total, lease) => total + slotsOf(lease), 0);

function fitsOnceOthersEnd(state: State, settings: Settings, entry: QueueEntry, stuck: readonly Lease[]): boolean {
  const key = projectKey(entry.project);
  const inProject = stuck.filter((lease) => projectKey(lease.project) === key);
  const parent = findLease(stuck, entry.parent);
  const inside = parent
    ? leaseSize(parent) -
      parent.agents.length -
      slotsIn(stuck, (lease) => (lease.parent === parent.id ? lease.within : 0))
    : 0;
  const fromPool = entry.minSlots - Math.max(0, inside);
  return (
    fromPool <= state.maxSlots - slotsIn(stuck, (lease) => lease.slots) &&
    fromPool <= projectLimit(settings, key) - slotsIn(inProject, (lease) => lease.slots)
  );
}

/** True when `entry`, an element of `state.queue`, can never be granted while it waits. */
export function wouldDeadlock(state: State, settings: Settings, entry: QueueEntry): boolean {
  // A paused pool is resumed eventually.
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
