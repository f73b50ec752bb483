/**
 * The grants that the documentation describes, computed naively for small queues: no code shared with the
 * core, one rule after the other, whole requests only.
 */
import fc from 'fast-check';
import type { LeaseId } from '../../src/core/model/ids.ts';
import type { Lease } from '../../src/core/model/lease.ts';
import type { QueueEntry } from '../../src/core/model/queue-entry.ts';
import type { ProjectSettings, Settings, StrategyName } from '../../src/core/settings/settings.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings/settings.ts';
import { aLease, anEntry, aState, byProject, later, NOW, projects } from '../helpers/state.ts';
import type { Core } from './core.ts';

const PROJECTS = ['a', 'b', 'c'] as const;
const MINUTE = 60_000;
const DRAIN_AFTER_MS = 10 * MINUTE;
const AGING_STEP_MS = 10 * MINUTE;

export interface Small {
  readonly settings: Settings;
  readonly maxSlots: number;
  readonly leases: readonly Lease[];
  readonly queue: readonly QueueEntry[];
}

const project = fc.constantFrom(...PROJECTS);

export const smallQueue = (strategy: StrategyName): fc.Arbitrary<Small> =>
  fc
    .record({
      maxSlots: fc.integer({ min: 1, max: 6 }),
      maxPerProject: fc.constantFrom(2, 3, 100),
      leases: fc.array(fc.record({ project, slots: fc.integer({ min: 1, max: 3 }) }), { maxLength: 2 }),
      asks: fc.array(
        fc.record({
          project,
          slots: fc.integer({ min: 1, max: 5 }),
          priority: fc.constantFrom(null, null, 1, 9, 10),
          // After drain_after a request may exceed its share; the starvation property covers that.
          waitedMs: fc.constantFrom(0, MINUTE, ...(strategy === 'fair-share' ? [] : [10 * MINUTE, 35 * MINUTE])),
          inside: fc.option(fc.nat(1), { freq: 2 }),
          standing: fc.constantFrom('absent', 'absent', 'absent', 'offered', 'lapsed'),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      own: fc.array(
        fc.record({
          guaranteed: fc.constantFrom(0, 0, 2),
          max: fc.constantFrom(null, null, 3),
          weight: fc.constantFrom(1, 1, 4),
        }),
        { minLength: 3, maxLength: 3 },
      ),
      priorities: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 3, maxLength: 3 }),
    })
    .map(({ maxSlots, maxPerProject, leases, asks, own, priorities }) => ({
      maxSlots,
      settings: {
        ...DEFAULT_SETTINGS,
        strategy,
        maxPerProject,
        drainAfterMs: DRAIN_AFTER_MS,
        agingStepMs: AGING_STEP_MS,
        projects: projects(Object.fromEntries(PROJECTS.map((name, at) => [name, own[at] ?? {}]))),
        projectPriorities: byProject(Object.fromEntries(PROJECTS.map((name, at) => [name, priorities[at] ?? 5]))),
      },
      leases: leases.map((lease, at) => aLease(`L${at + 1}`, lease.project, lease.slots)),
      queue: asks.map((asked, at) =>
        anEntry(`T${at + 10}`, asked.project, asked.slots, {
          priority: asked.priority,
          queuedAt: later(-asked.waitedMs),
          parent: asked.inside === null || asked.inside >= leases.length ? null : (`L${asked.inside + 1}` as LeaseId),
          ...(asked.standing === 'offered' ? { offeredUntil: later(1000), offeredSlots: asked.slots } : {}),
          ...(asked.standing === 'lapsed' ? { lapsedAt: later(-1000) } : {}),
        }),
      ),
    }));

/** The tickets that the documented rules grant, in order. */
function documentedGrants({ settings, maxSlots, leases, queue }: Small): string[] {
  const own = (name: string): ProjectSettings => {
    const found = [...settings.projects].find(([key]) => key === name);
    return found ? found[1] : { guaranteed: 0, max: null, weight: 1 };
  };
  const waited = (entry: QueueEntry): number => NOW - entry.queuedAt;
  const offered = queue.filter((entry) => entry.offeredUntil !== null);
  const waiting = queue.filter((entry) => entry.offeredUntil === null && entry.lapsedAt === null);
  const granted: QueueEntry[] = [];

  // A nested request takes the free slots of its parent first, and only the rest from the pool.
  const inside = (entry: QueueEntry): number => {
    const lease = leases.find(({ id }) => id === entry.parent);
    let free = lease?.slots ?? 0;
    for (const other of [...offered, ...granted]) {
      if (other === entry) break;
      if (other.parent === entry.parent) free -= Math.min(free, other.slots);
    }
    return Math.min(free, entry.slots);
  };
  const fromPool = (entry: QueueEntry): number => entry.slots - inside(entry);

  // A slot is in use if it is leased, offered or granted in this cycle.
  const inUse = (name: string | null): number => {
    let slots = 0;
    for (const lease of leases) if (name === null || lease.project === name) slots += lease.slots;
    for (const entry of [...offered, ...granted]) if (name === null || entry.project === name) slots += fromPool(entry);
    return slots;
  };
  const limit = (name: string): number => own(name).max ?? settings.maxPerProject;
  const canNeverHave = (entry: QueueEntry): boolean =>
    fromPool(entry) > maxSlots || fromPool(entry) > limit(entry.project);
  const isAtLimit = (entry: QueueEntry): boolean => inUse(entry.project) + fromPool(entry) > limit(entry.project);
  const fits = (entry: QueueEntry): boolean =>
    fromPool(entry) === 0 || (!isAtLimit(entry) && inUse(null) + fromPool(entry) <= maxSlots);

  // The order of the strategy.
  let order = [...waiting];
  if (settings.strategy === 'priority') {
    const rank = (entry: QueueEntry): number => {
      const base = entry.priority ?? [...settings.projectPriorities].find(([key]) => key === entry.project)?.[1] ?? 5;
      return Math.min(10, base + Math.floor(waited(entry) / AGING_STEP_MS));
    };
    order = [];
    for (let wanted = 10; wanted >= 1; wanted -= 1) order.push(...waiting.filter((entry) => rank(entry) === wanted));
  }
  if (settings.strategy === 'fair-share') {
    order = [];
    const left = [...waiting];
    while (left.length > 0) {
      const share = (entry: QueueEntry): number => {
        const before = order
          .filter((other) => other.project === entry.project)
          .reduce((sum, { slots }) => sum + slots, 0);
        return (inUse(entry.project) + before + entry.slots / 2) / own(entry.project).weight;
      };
      const firsts = left.filter((entry) => left.find((other) => other.project === entry.project) === entry);
      const least = Math.min(...firsts.map(share));
      const next = firsts.find((entry) => share(entry) === least) as QueueEntry;
      order.push(next);
      left.splice(left.indexOf(next), 1);
    }
  }

  // Nested requests come first, then requests within their project's guarantee, then borrowers.
  const guaranteed: QueueEntry[] = [];
  const nested = order.filter((entry) => entry.parent !== null);
  for (const entry of order.filter(({ parent }) => parent === null)) {
    const before = guaranteed
      .filter((other) => other.project === entry.project)
      .reduce((sum, { slots }) => sum + slots, 0);
    if (inUse(entry.project) + before + entry.slots <= own(entry.project).guaranteed) guaranteed.push(entry);
  }
  order = [
    ...nested,
    ...guaranteed,
    ...order.filter((entry) => !nested.includes(entry) && !guaranteed.includes(entry)),
  ];

  // Under fair-share, if more is requested than is free, each project is first served up to its share.
  const asked = waiting.reduce((sum, entry) => sum + entry.slots, 0);
  if (settings.strategy === 'fair-share' && asked > maxSlots - inUse(null)) {
    const names = [...new Set([...waiting, ...leases].map((item) => item.project))];
    const demand = (name: string): number =>
      Math.min(
        limit(name),
        inUse(name) + waiting.reduce((sum, entry) => sum + (entry.project === name ? entry.slots : 0), 0),
      );
    const part = new Map<string, number>(names.map((name) => [name, 0]));
    const seats = (name: string): number => part.get(name) ?? 0;
    for (let left = maxSlots; left > 0; left -= 1) {
      const needy = names.find((name) => seats(name) < Math.min(own(name).guaranteed, demand(name)));
      const value = (name: string): number => (demand(name) * own(name).weight) / (2 * seats(name) + 1);
      const best = names.filter((name) => seats(name) < demand(name)).sort((a, b) => value(b) - value(a))[0];
      const next = needy ?? best;
      if (next === undefined) break;
      part.set(next, seats(next) + 1);
    }
    for (const entry of order) {
      if (fits(entry) && (fromPool(entry) === 0 || inUse(entry.project) + fromPool(entry) <= seats(entry.project)))
        granted.push(entry);
    }
  }

  // Then the remaining requests that fit, in order.
  let isClosed = false;
  const closedProjects = new Set<string>();
  for (const entry of order) {
    const isHeldUp = entry.parent === null && (isClosed || closedProjects.has(entry.project));
    if (granted.includes(entry) || isHeldUp) continue;
    if (fits(entry)) {
      granted.push(entry);
      continue;
    }
    const mayBeOvertaken = settings.strategy !== 'fifo' && waited(entry) < DRAIN_AFTER_MS;
    if (canNeverHave(entry) || mayBeOvertaken) continue;
    if (isAtLimit(entry)) closedProjects.add(entry.project);
    else isClosed = true;
  }
  return granted.map((entry) => entry.ticket);
}

/** The difference between the core's plan and the documented one, or undefined. */
export function disagreement(core: Core, small: Small): string | undefined {
  const { settings, maxSlots, leases, queue } = small;
  const plan = core.planCycle(aState(maxSlots, leases, queue), {
    now: NOW,
    settings,
    dead: new Set(),
    here: { boot: null, ns: null },
    memoryAvailableBytes: null,
    memoryTotalBytes: null,
  });
  const got = plan.grants.map(({ entry }) => entry.ticket).join(' ');
  const want = documentedGrants(small).join(' ');
  if (got !== want) return `granted [${got}], documented [${want}]`;
  const all = [...plan.grants, ...plan.pending].map(({ entry }) => entry.ticket as string);
  const inLine = queue.filter((entry) => entry.offeredUntil === null).map((entry) => entry.ticket as string);
  return all.sort().join() === inLine.sort().join() ? undefined : `the plan speaks of ${all.join()} only`;
}
