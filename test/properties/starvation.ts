/**
 * No request waits for ever. Every lease ends eventually and new requests keep coming: each request that was
 * queued at the start must be served within a bounded number of rounds, whatever the new requests are. The occupant
 * of a lease with a waiting nested request does not end before that request is granted.
 */
import fc from 'fast-check';
import type { RequestCommand } from '../../src/core/commands/request.ts';
import type { LeaseId } from '../../src/core/model/ids.ts';
import { leaseSize } from '../../src/core/model/lease.ts';
import type { State } from '../../src/core/model/state.ts';
import type { Settings, StrategyName } from '../../src/core/settings/settings.ts';
import type { Command } from '../../src/core/transition.ts';
import { anEnvironment, aRequest, aState, byProject, later, process_, projects } from '../helpers/state.ts';
import type { Core } from './core.ts';

const PROJECTS = ['a', 'b', 'c'] as const;
const MINUTE = 60_000;
const ROUNDS = 150;
const LONGEST_QUEUE = 8;

interface Ask {
  readonly project: number;
  readonly slots: number;
  readonly less: number;
  readonly priority: number | null;
  /** Index of the parent lease, modulo the number of leases; null for none. */
  readonly inside: number | null;
}

export interface Starving {
  readonly settings: Partial<Settings>;
  readonly maxSlots: number;
  readonly first: readonly Ask[];
  /** New requests, `perRound` in each round, taken in turn. */
  readonly pressing: readonly Ask[];
  readonly perRound: number;
  /** Lifetimes of leases in rounds, taken in turn. */
  readonly lives: readonly number[];
  readonly releaseFirst: boolean;
}

const ask = (inside: fc.Arbitrary<number | null>): fc.Arbitrary<Ask> =>
  fc.record({
    project: fc.nat(PROJECTS.length - 1),
    slots: fc.integer({ min: 1, max: 5 }),
    less: fc.constantFrom(0, 0, 0, 2),
    priority: fc.constantFrom(null, null, 1, 10),
    inside,
  });

export const starvingCase = (strategy: StrategyName): fc.Arbitrary<Starving> =>
  fc.record({
    maxSlots: fc.integer({ min: 1, max: 5 }),
    settings: fc
      .record({
        maxPerProject: fc.constantFrom(2, 4, 100),
        weights: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
        priorities: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 3, maxLength: 3 }),
      })
      .map(({ maxPerProject, weights, priorities }) => ({
        strategy,
        maxPerProject,
        drainAfterMs: 5 * MINUTE,
        agingStepMs: MINUTE,
        projects: projects(Object.fromEntries(PROJECTS.map((name, at) => [name, { weight: weights[at] ?? 1 }]))),
        projectPriorities: byProject(Object.fromEntries(PROJECTS.map((name, at) => [name, priorities[at] ?? 5]))),
      })),
    first: fc.array(ask(fc.option(fc.nat(3), { freq: 2 })), { minLength: 2, maxLength: 6 }),
    pressing: fc.array(ask(fc.constant(null)), { minLength: 1, maxLength: 3 }),
    perRound: fc.integer({ min: 1, max: 2 }),
    lives: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    releaseFirst: fc.boolean(),
  });

/** The tickets that still wait after all rounds, as a text, or undefined. */
export function starvation(core: Core, starving: Starving): string | undefined {
  const { settings, maxSlots, pressing, lives } = starving;
  let state: State = aState(maxSlots);
  let round = 0;
  let asked = 0;
  const ends = new Map<LeaseId, number>();
  const play = (command: Command): void => {
    state = core.transition(state, command, anEnvironment(settings, later(round * MINUTE))).state;
  };
  const request = ({ project, slots, less, priority, inside }: Ask): RequestCommand => {
    asked += 1;
    const parent = inside === null ? undefined : state.leases[inside % Math.max(1, state.leases.length)];
    const name = PROJECTS[project] ?? 'a';
    const minSlots = Math.max(1, slots - less);
    const [holder, waiter] = [process_(1000 + asked), process_(5000 + asked)];
    return aRequest(name, slots, { minSlots, priority, mode: 'wait', holder, waiter, parent: parent?.id ?? null });
  };
  const endSome = (): void => {
    for (const { id, project, ticket } of state.leases) {
      if (ticket !== null) play({ kind: 'confirm', ticket });
      if (!ends.has(id)) ends.set(id, round + (lives[Number(id.slice(1)) % lives.length] ?? 1));
      const lease = state.leases.find((other) => other.id === id);
      const isWaitedIn = state.queue.some((entry) => entry.parent === id);
      const isUsed = state.leases.some((other) => other.parent === id);
      if (!lease || isWaitedIn || isUsed || (ends.get(id) ?? 0) > round) continue;
      play({ kind: 'release', project, slots: leaseSize(lease), lease: id, all: false, caller: null });
    }
  };
  const press = (): void => {
    for (let n = 0; n < starving.perRound; n += 1) {
      const next = pressing[asked % pressing.length];
      if (next && state.queue.length < LONGEST_QUEUE) play(request(next));
    }
  };

  for (const first of starving.first) play(request(first));
  const hungry = new Set(state.queue.map(({ ticket }) => ticket));
  for (round = 1; round <= ROUNDS; round += 1) {
    if (starving.releaseFirst) endSome();
    press();
    if (!starving.releaseFirst) endSome();
    for (const ticket of hungry) if (!state.queue.some((entry) => entry.ticket === ticket)) hungry.delete(ticket);
    if (hungry.size === 0) return undefined;
  }
  return `${[...hungry].join(' ')} still waits after ${ROUNDS} rounds`;
}
