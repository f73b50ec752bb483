import { budgetViolations } from './budget/totals.ts';
import type { LeaseId } from './model/ids.ts';
import { leaseSize } from './model/lease.ts';
import type { State } from './model/state.ts';

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/**
 * Lists every violated invariant in words; empty for a sound state. Each write is checked with it first, so that a bug
 * cannot reach the file. Parts that are unchanged from a `sound` state are not checked again.
 */
export function violations(state: State, sound: State | null = null): readonly string[] {
  const found: string[] = [];
  if (!isCount(state.maxSlots)) found.push(`max_slots is ${state.maxSlots}, not a whole number from 0 up`);
  if (!isCount(state.nextId)) found.push(`next_id is ${state.nextId}, not a whole number from 0 up`);

  const ids = new Set<string>();
  const inside = new Map<LeaseId, number>();
  for (const lease of state.leases) {
    if (ids.has(lease.id)) found.push(`lease ${lease.id} stands twice`);
    ids.add(lease.id);
    if (!isCount(lease.slots) || !isCount(lease.within)) found.push(`lease ${lease.id} has a count that is not whole`);
    if (leaseSize(lease) < 1) found.push(`lease ${lease.id} holds no slot`);
    if (lease.parent === lease.id) found.push(`lease ${lease.id} stands inside itself`);
    if (lease.parent === null && lease.within > 0) found.push(`lease ${lease.id} uses slots inside no lease`);
    if (lease.parent !== null) inside.set(lease.parent, (inside.get(lease.parent) ?? 0) + lease.within);
  }
  for (const lease of state.leases) {
    const used = inside.get(lease.id) ?? 0;
    if (used > leaseSize(lease))
      found.push(`lease ${lease.id} has ${leaseSize(lease)} slots and ${used} used inside it`);
    inside.delete(lease.id);
  }
  for (const [parent, used] of inside) {
    if (used > 0) found.push(`${used} slots are used inside lease ${parent}, which does not exist`);
  }

  for (const entry of state.queue) {
    if (ids.has(entry.ticket)) found.push(`ticket ${entry.ticket} stands twice`);
    ids.add(entry.ticket);
    if (!isCount(entry.slots) || entry.minSlots < 1 || entry.minSlots > entry.slots) {
      found.push(`ticket ${entry.ticket} asks for ${entry.minSlots} to ${entry.slots} slots`);
    }
  }
  for (const lease of state.leases) {
    if (lease.ticket !== null && ids.has(lease.ticket)) found.push(`ticket ${lease.ticket} is queued and granted`);
  }
  const sessions = new Set<string>();
  for (const { id } of state.sessions) {
    if (sessions.has(id)) found.push(`session ${id} stands twice`);
    sessions.add(id);
  }
  found.push(...budgetViolations(state.budgets, sound?.budgets));
  return found;
}
