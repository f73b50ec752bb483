/**
 * The free slots and memory that a scheduling cycle can still grant. The cycle takes its grants out of this copy, so the
 * state changes once, at the end.
 */
import type { Environment } from '../environment.ts';
import { type LeaseId, type ProjectKey, projectKey } from '../model/ids.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import { effectiveMaxSlots, type State, slotsByProject, usedSlots } from '../model/state.ts';
import type { Reason } from '../reason.ts';
import { SAMPLE_STALE_MS } from '../settings/health.ts';
import { projectLimit } from '../settings/settings.ts';
import { findLease, freeInside } from '../settle/nesting.ts';
import { exceedsMachine, promisableBytes, slotNeedBytes } from './memory.ts';

export interface Fit {
  /** Slots granted in total. */
  readonly slots: number;
  /** Part of `slots` that comes out of the parent lease. */
  readonly within: number;
}

export interface Room {
  /** Free slots of the pool; negative when the capacity shrank below the slots in use. */
  readonly free: number;
  /** Slots held by a project, including open offers and this cycle's grants. */
  held(key: ProjectKey): number;
  /** Free slots of the entry's parent lease. */
  inside(entry: QueueEntry): number;
  /** Slots the entry can get now, at most `cap` of them from the pool, or the reason why it gets none. */
  fit(entry: QueueEntry, cap?: number): Fit | Reason;
  take(entry: QueueEntry, fit: Fit): void;
  /** Reason that blocks every grant from the pool now, or null. */
  gate(): Reason | null;
}

function healthGate(state: State, env: Environment): Reason | null {
  const { health, sampledAt } = state.vmState;
  if (health !== 'critical') return null;
  // A dead monitor must not block the pool for ever, so an old sample does not count. Neither does a sample from the
  // future, which was taken before the clock was set back.
  return sampledAt === null || Math.abs(env.now - sampledAt) <= SAMPLE_STALE_MS ? 'health-critical' : null;
}

export function openRoom(state: State, env: Environment): Room {
  const { settings } = env;
  const capacity = effectiveMaxSlots(state);
  const held = slotsByProject(state.leases);
  let free = capacity - usedSlots(state);
  const inside = new Map<LeaseId, number>();
  let granted = false;
  let promisable = promisableBytes(state, env);

  const insideOf = (entry: QueueEntry): number => {
    if (entry.parent === null) return 0;
    const known = inside.get(entry.parent);
    if (known !== undefined) return known;
    const parent = findLease(state.leases, entry.parent);
    const slots = parent ? freeInside(state.leases, parent) : 0;
    inside.set(entry.parent, slots);
    return slots;
  };
  const needBytes = (entry: QueueEntry): number => slotNeedBytes(state, env, entry, entry.slots);
  /** Slots that the available memory allows. */
  const memoryFor = (entry: QueueEntry): number => {
    const need = promisable === null ? 0 : needBytes(entry);
    return need === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor((promisable as number) / need));
  };
  const add = (entry: QueueEntry, { slots, within }: Fit): void => {
    const key = projectKey(entry.project);
    free -= slots - within;
    if (promisable !== null) promisable -= needBytes(entry) * (slots - within);
    held.set(key, (held.get(key) ?? 0) + slots - within);
    if (within > 0 && entry.parent !== null) inside.set(entry.parent, insideOf(entry) - within);
  };
  for (const entry of state.queue) {
    if (entry.offeredUntil === null) continue;
    add(entry, { slots: entry.offeredSlots, within: Math.min(entry.offeredSlots, insideOf(entry)) });
  }

  // An open offer counts as a start, because it may be taken at any moment.
  const offeredAt = state.queue.flatMap(({ offeredUntil }) =>
    offeredUntil === null ? [] : [offeredUntil - settings.claimWithinMs],
  );
  const starts = state.lastGrantAt === null ? offeredAt : [...offeredAt, state.lastGrantAt];

  const gate = (): Reason | null => {
    if (state.maxSlots === 0) return 'paused';
    const critical = healthGate(state, env);
    if (critical !== null) return critical;
    if (settings.startSpacingMs === 0) return null;
    // Compare in both directions: another process may read the clock a little ahead; a clock set back is far off.
    const isTooSoon = starts.some((at) => Math.abs(env.now - at) < settings.startSpacingMs);
    return granted || isTooSoon ? 'start-spacing' : null;
  };

  return {
    get free() {
      return free;
    },
    held: (key) => held.get(key) ?? 0,
    inside: insideOf,
    gate,
    fit(entry, cap = Number.POSITIVE_INFINITY) {
      const within = Math.min(entry.slots, insideOf(entry));
      if (within >= entry.slots) return { slots: entry.slots, within };
      const closed = gate();
      const key = projectKey(entry.project);
      const projectRoom = projectLimit(settings, key) - (held.get(key) ?? 0);
      const inMemory = memoryFor(entry);
      const fromPool = closed === null ? Math.max(0, Math.min(free, projectRoom, cap, inMemory)) : 0;
      const slots = Math.min(entry.slots, within + fromPool);
      if (slots >= entry.minSlots) return { slots, within };
      const need = entry.minSlots - within;
      if (state.maxSlots > 0 && need > state.maxSlots) return 'exceeds-maximum';
      if (exceedsMachine(state, env, entry, need)) return 'exceeds-maximum';
      if (need > projectRoom) return 'project-limit';
      if (closed !== null) return closed;
      if (need > inMemory && need <= free) return 'low-memory';
      // A ceiling set by a person is not strain.
      const reducedBy = Math.min(state.maxSlots, settings.autoScale.ceiling ?? state.maxSlots) - capacity;
      return reducedBy > 0 && need <= free + reducedBy ? 'health-degraded' : 'insufficient-slots';
    },
    take(entry, fit) {
      add(entry, fit);
      if (fit.slots > fit.within) granted = true;
    },
  };
}
