/**
 * The free space that a scheduling cycle still has to give. Grants are taken out of it as the cycle goes, so
 * decisions are made on a picture and the state is touched once, at the end.
 */
import type { Environment } from '../environment.ts';
import type { LeaseId, ProjectKey } from '../model/ids.ts';
import { projectKey } from '../model/ids.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import { effectiveMaxSlots, slotsByProject, usedSlots } from '../model/state.ts';
import type { Reason } from '../reason.ts';
import { SAMPLE_STALE_MS } from '../settings/health.ts';
import { projectLimit } from '../settings/settings.ts';
import { findLease, freeInside } from '../settle/nesting.ts';
import { promisableBytes, slotNeedBytes } from './memory.ts';

export interface Fit {
  /** Slots in all. */
  readonly slots: number;
  /** Of these, how many the parent lease already has. */
  readonly within: number;
}

export interface Room {
  /** Slots the pool can still give; negative when capacity was taken away under running leases. */
  readonly free: number;
  /** Slots held by a project, counting open offers and this cycle's grants. */
  held(key: ProjectKey): number;
  /** Free slots of the lease that the entry stands in. */
  inside(entry: QueueEntry): number;
  /** What the entry can get now, at most `cap` of it from the pool, or why it gets nothing. */
  fit(entry: QueueEntry, cap?: number): Fit | Reason;
  take(entry: QueueEntry, fit: Fit): void;
  /** What holds up every grant from the pool just now, or null. */
  gate(): Reason | null;
}

function healthGate(state: State, env: Environment): Reason | null {
  const { health, sampledAt } = state.vmState;
  if (health !== 'critical') return null;
  // A monitor that died must not stop the machine for ever.
  // A sample from the future was taken before the clock was set back; it says as little as an old one.
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
  /** Slots that the memory at hand allows. */
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

  // An offer is as good as a start: it may be taken at any moment.
  const offeredAt = state.queue.flatMap(({ offeredUntil }) =>
    offeredUntil === null ? [] : [offeredUntil - settings.claimWithinMs],
  );
  const starts = state.lastGrantAt === null ? offeredAt : [...offeredAt, state.lastGrantAt];

  const gate = (): Reason | null => {
    if (state.maxSlots === 0) return 'paused';
    const critical = healthGate(state, env);
    if (critical !== null) return critical;
    if (settings.startSpacingMs === 0) return null;
    // Near in either direction: another process's clock reading may be a little ahead, a set-back clock is far off.
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
      if (need > projectRoom) return 'project-limit';
      if (closed !== null) return closed;
      if (need > inMemory && need <= free) return 'low-memory';
      // A ceiling that a person has set is no strain.
      const reducedBy = Math.min(state.maxSlots, settings.autoScale.ceiling ?? state.maxSlots) - capacity;
      return reducedBy > 0 && need <= free + reducedBy ? 'health-degraded' : 'insufficient-slots';
    },
    take(entry, fit) {
      add(entry, fit);
      if (fit.slots > fit.within) granted = true;
    },
  };
}
