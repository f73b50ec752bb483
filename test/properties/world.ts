/**
 * A machine in use: random steps become commands against the state after the previous steps. Steps
 * hold small numbers that pick among the existing leases and requests, so shrinking keeps them meaningful.
 */
import fc from 'fast-check';
import type { RequestCommand } from '../../src/core/commands/request.ts';
import type { Environment } from '../../src/core/environment.ts';
import type { TicketId } from '../../src/core/model/ids.ts';
import type { Instant } from '../../src/core/model/instants.ts';
import type { Lease } from '../../src/core/model/lease.ts';
import type { ProcessRef } from '../../src/core/model/process-ref.ts';
import { processKey } from '../../src/core/model/process-ref.ts';
import type { Health, State } from '../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../src/core/model/state.ts';
import type { Settings, StrategyName } from '../../src/core/settings/settings.ts';
import { DEFAULT_SETTINGS, STRATEGIES } from '../../src/core/settings/settings.ts';
import type { Command } from '../../src/core/transition.ts';
import { aLease, aState, byProject, NOW, process_, projects } from '../helpers/state.ts';

const PROJECTS = ['odin', 'Atlas', 'hera'] as const;
const SPELLINGS = ['odin', 'Odin', 'ATLAS', 'hera'] as const;
const HOLDERS = 4;

export interface World {
  readonly state: State;
  readonly now: Instant;
  readonly settings: Settings;
  readonly dead: ReadonlySet<string>;
  /** Start time of the next waiter, so that its process differs from all earlier ones with the same pid. */
  readonly generation: number;
}

type Pick = number;
const pickFrom = <T>(items: readonly T[], at: Pick): T | undefined => items[at % Math.max(1, items.length)];

export type Step =
  | {
      readonly do: 'request';
      readonly project: number;
      readonly slots: number;
      readonly less: number;
      readonly mode: RequestCommand['mode'];
      readonly priority: number | null;
      readonly holder: number | null;
      readonly ttlMs: number | null;
      readonly inside: Pick | null;
      readonly agents: number;
    }
  | {
      readonly do: 'again';
      readonly entry: Pick;
      readonly mode: RequestCommand['mode'];
      readonly less: number;
      readonly lostParent: boolean;
    }
  | {
      readonly do: 'release';
      readonly lease: Pick;
      readonly how: 'lease' | 'part' | 'own' | 'all' | 'some';
      readonly slots: number;
    }
  | { readonly do: 'cancel'; readonly entry: Pick; readonly project: boolean }
  | { readonly do: 'withdraw' | 'confirm'; readonly ticket: Pick }
  | { readonly do: 'set-max'; readonly slots: number }
  | { readonly do: 'settle' }
  /** `quiet`: no settle follows, so the next command finds the change. */
  | { readonly do: 'die'; readonly who: 'holder' | 'waiter'; readonly pick: Pick; readonly quiet: boolean }
  | { readonly do: 'clock'; readonly ms: number; readonly quiet: boolean }
  | { readonly do: 'health'; readonly health: Health | null; readonly effective: number | null; readonly agoMs: number }
  | { readonly do: 'config'; readonly change: Partial<Settings> };

const pick = fc.nat(11);
const mode = fc.constantFrom('queue', 'wait', 'now', 'wait', 'queue') as fc.Arbitrary<RequestCommand['mode']>;
const MINUTE = 60_000;

const projectSettings = fc.uniqueArray(fc.constantFrom(...PROJECTS), { maxLength: 3 }).chain((names) =>
  fc
    .array(
      fc.record({
        guaranteed: fc.constantFrom(0, 0, 0, 1, 2),
        max: fc.constantFrom(null, null, 2, 4),
        weight: fc.constantFrom(0, 1, 1, 2),
      }),
      { minLength: names.length, maxLength: names.length },
    )
    .map((values) => projects(Object.fromEntries(names.map((name, at) => [name, values[at] ?? {}])))),
);

export const settingsFor = (strategy: StrategyName | null): fc.Arbitrary<Partial<Settings>> =>
  fc.record(
    {
      strategy: strategy === null ? fc.constantFrom(...STRATEGIES) : fc.constant(strategy),
      maxPerProject: fc.constantFrom(2, 4, 100),
      startSpacingMs: fc.constantFrom(0, 0, 0, 5_000),
      drainAfterMs: fc.constantFrom(0, 30_000, 10 * MINUTE),
      claimWithinMs: fc.constantFrom(10_000, 2 * MINUTE),
      projects: projectSettings,
      projectPriorities: fc
        .array(fc.integer({ min: 1, max: 10 }), { minLength: 3, maxLength: 3 })
        .map((values) => byProject(Object.fromEntries(PROJECTS.map((name, at) => [name, values[at] ?? 5])))),
    },
    { requiredKeys: strategy === null ? [] : ['strategy'] },
  );

const request = fc.record({
  do: fc.constant('request' as const),
  project: fc.nat(SPELLINGS.length - 1),
  slots: fc.integer({ min: 1, max: 5 }),
  less: fc.constantFrom(0, 0, 1, 2, 4),
  mode,
  priority: fc.constantFrom(null, null, 1, 7, 10),
  holder: fc.option(fc.nat(HOLDERS - 1), { freq: 6 }),
  ttlMs: fc.constantFrom(null, null, 20_000, 5 * MINUTE),
  inside: fc.option(pick, { freq: 2 }),
  agents: fc.constantFrom(0, 0, 1),
});

export const stepFor = (strategy: StrategyName | null): fc.Arbitrary<Step> =>
  fc.oneof(
    { arbitrary: request, weight: 9 },
    {
      arbitrary: fc.record({
        do: fc.constant('again' as const),
        entry: pick,
        mode,
        less: fc.constantFrom(0, 0, 1),
        lostParent: fc.constantFrom(false, false, true),
      }),
      weight: 3,
    },
    {
      arbitrary: fc.record({
        do: fc.constant('release' as const),
        lease: pick,
        how: fc.constantFrom('lease' as const, 'part' as const, 'own' as const, 'all' as const, 'some' as const),
        slots: fc.integer({ min: 1, max: 5 }),
      }),
      weight: 5,
    },
    { arbitrary: fc.record({ do: fc.constant('cancel' as const), entry: pick, project: fc.boolean() }), weight: 1 },
    { arbitrary: fc.record({ do: fc.constantFrom('withdraw' as const, 'confirm' as const), ticket: pick }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('set-max' as const), slots: fc.nat(9) }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('settle' as const) }), weight: 2 },
    {
      arbitrary: fc.record({
        do: fc.constant('die' as const),
        who: fc.constantFrom('holder', 'waiter'),
        pick,
        quiet: fc.boolean(),
      }),
      weight: 3,
    },
    {
      arbitrary: fc.record({
        do: fc.constant('clock' as const),
        quiet: fc.boolean(),
        ms: fc.constantFrom(1_000, 6_000, 20_000, 2 * MINUTE, 25 * MINUTE, -10_000, -60 * MINUTE),
      }),
      weight: 4,
    },
    {
      arbitrary: fc.record({
        do: fc.constant('health' as const),
        health: fc.constantFrom('healthy', 'degraded', 'critical', null),
        effective: fc.option(fc.nat(6)),
        agoMs: fc.constantFrom(0, MINUTE, 6 * MINUTE),
      }),
      weight: 1,
    },
    { arbitrary: fc.record({ do: fc.constant('config' as const), change: settingsFor(strategy) }), weight: 1 },
  ) as fc.Arbitrary<Step>;

/** State before the first step: nested leases, some of them not yet delivered. */
export const beginning: fc.Arbitrary<State> = fc
  .record({
    maxSlots: fc.integer({ min: 1, max: 7 }),
    family: fc.array(
      fc.record({
        project: fc.constantFrom(...PROJECTS),
        slots: fc.integer({ min: 0, max: 3 }),
        within: fc.integer({ min: 0, max: 2 }),
        parent: fc.option(pick, { freq: 3 }),
        isDelivered: fc.constantFrom(true, true, false),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ maxSlots, family }) => {
    const leases: Lease[] = [];
    for (const [at, { project, slots, within, parent, isDelivered }] of family.entries()) {
      const above = parent === null ? undefined : pickFrom(leases, parent);
      const inUse = leases.reduce((sum, lease) => (lease.parent === above?.id ? sum + lease.within : sum), 0);
      const inside = above ? Math.min(within, above.slots + above.within - inUse) : 0;
      const more = {
        holder: process_(10 + (at % HOLDERS)),
        parent: above?.id ?? null,
        within: inside,
        ...(isDelivered ? {} : { ticket: `T${at + 1}` as TicketId, waiter: process_(60 + at) }),
      };
      leases.push(aLease(`L${at + 1}`, project, inside > 0 ? slots : Math.max(1, slots), more));
    }
    return aState(maxSlots, leases);
  });

export const aWorld = (state: State, settings: Partial<Settings>): World => ({
  state,
  now: NOW,
  settings: { ...DEFAULT_SETTINGS, maxPerProject: 100, ...settings },
  dead: new Set(),
  generation: 1,
});

export const environmentOf = ({ now, settings, dead }: World): Environment => ({
  now,
  here: { boot: null, ns: null },
  settings,
  dead,
  memoryAvailableBytes: null,
  memoryTotalBytes: null,
});

const holderOf = (world: World, n: number | null): ProcessRef | null => {
  if (n === null) return null;
  // The newest generation of this pid that is not dead.
  for (let started = 0; ; started += 1) {
    const ref = { ...process_(10 + n), started: process_(10 + n).started + started };
    if (!world.dead.has(processKey(ref))) return ref;
  }
};
const newWaiter = (world: World): ProcessRef => ({ ...process_(50), started: world.generation });

/** The world after the step, and the command of the step, if any. */
export function take(world: World, step: Step): { readonly world: World; readonly command: Command | null } {
  const next = { ...world, generation: world.generation + 1 };
  const settle = { kind: 'settle' } as const;
  const { leases, queue } = world.state;
  switch (step.do) {
    case 'request':
      return {
        world: next,
        command: {
          kind: 'request',
          project: SPELLINGS[step.project] ?? 'odin',
          slots: step.slots,
          minSlots: Math.max(1, step.slots - step.less),
          mode: step.mode,
          priority: step.priority,
          agents: step.agents > 0 ? ['auth'] : [],
          holder: holderOf(world, step.holder),
          waiter: step.mode === 'wait' ? newWaiter(world) : null,
          ttlMs: step.ttlMs,
          parent: step.inside === null ? null : (pickFrom(leases, step.inside)?.id ?? null),
          run: null,
          spawn: null,
        },
      };
    case 'again': {
      const entry = pickFrom(queue, step.entry);
      if (!entry || (entry.holder !== null && world.dead.has(processKey(entry.holder))))
        return { world: next, command: settle };
      const { project, slots, priority, agents, holder, ttlMs, parent } = entry;
      const waiter = step.mode === 'wait' ? newWaiter(world) : null;
      const minSlots = Math.max(1, slots - step.less);
      const inside = step.lostParent ? null : parent;
      return {
        world: next,
        command: {
          kind: 'request',
          project,
          slots,
          minSlots,
          mode: step.mode,
          priority,
          agents,
          holder,
          waiter,
          ttlMs,
          parent: inside,
          run: null,
          spawn: null,
        },
      };
    }
    case 'release': {
      const lease = pickFrom(leases, step.lease);
      const some = step.how === 'some' || step.how === 'part' ? step.slots : null;
      return {
        world: next,
        command: {
          kind: 'release',
          project: lease?.project ?? 'odin',
          slots: some,
          lease: step.how === 'lease' || step.how === 'part' ? (lease?.id ?? 'L0') : null,
          all: step.how === 'all',
          caller: lease?.holder ?? null,
        },
      };
    }
    case 'cancel': {
      const entry = pickFrom(queue, step.entry);
      const target = step.project ? entry?.project : entry?.ticket;
      return { world: next, command: { kind: 'cancel', targets: [target ?? 'T0'] } };
    }
    case 'withdraw':
    case 'confirm': {
      const tickets = [...leases.flatMap(({ ticket }) => ticket ?? []), ...queue.map(({ ticket }) => ticket)];
      return { world: next, command: { kind: step.do, ticket: pickFrom(tickets, step.ticket) ?? 'T0' } };
    }
    case 'set-max':
      return { world: next, command: { kind: 'set-max', slots: step.slots } };
    case 'die': {
      const all = [...leases, ...queue].flatMap((item) => (step.who === 'holder' ? item.holder : item.waiter) ?? []);
      const victim = pickFrom(all, step.pick);
      const dead = victim ? new Set([...world.dead, processKey(victim)]) : world.dead;
      return { world: { ...next, dead }, command: step.quiet ? null : settle };
    }
    case 'clock':
      return { world: { ...next, now: (world.now + step.ms) as Instant }, command: step.quiet ? null : settle };
    case 'health': {
      const { health, effective } = step;
      const sampledAt = (world.now - step.agoMs) as Instant;
      const vmState = { ...EMPTY_VM_STATE, health, effectiveMaxSlots: effective, sampledAt };
      return { world: { ...next, state: { ...world.state, vmState } }, command: settle };
    }
    case 'config':
      return { world: { ...next, settings: { ...world.settings, ...step.change } }, command: settle };
    case 'settle':
      return { world: next, command: settle };
  }
}
