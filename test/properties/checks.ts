/** Properties that take a core and throw, with a shrunk example, if that core breaks them. */
import fc from 'fast-check';
import { STRATEGIES } from '../../src/core/settings/settings.ts';
import type { Core } from './core.ts';
import type { Law } from './laws.ts';
import { LAWS } from './laws.ts';
import { disagreement, smallQueue } from './oracle.ts';
import { starvation, starvingCase } from './starvation.ts';
import { aWorld, beginning, environmentOf, settingsFor, stepFor, take } from './world.ts';

export interface Effort {
  readonly runs: number;
  /** Fixed for a repeatable run; otherwise each run tries other examples. */
  readonly seed?: number;
  /** False if only the verdict counts. */
  readonly shrink?: boolean;
}
export type Check = (core: Core, effort: Effort) => void;

const parameters = ({ runs, seed, shrink = true }: Effort): fc.Parameters<unknown> => ({
  numRuns: runs,
  endOnFailure: !shrink,
  ...(seed === undefined ? {} : { seed }),
});

const sequences = fc.record({
  state: beginning,
  settings: settingsFor(null),
  steps: fc.array(stepFor(null), { minLength: 1, maxLength: 40, size: 'max' }),
});

/** Plays random steps and checks each transition against the laws. */
export const obeys =
  (...laws: readonly Law[]): Check =>
  (core, effort) =>
    fc.assert(
      fc.property(sequences, ({ state, settings, steps }) => {
        let world = aWorld(state, settings);
        for (const [at, step] of steps.entries()) {
          const taken = take(world, step);
          world = taken.world;
          const { command } = taken;
          if (command === null) continue;
          const env = environmentOf(world);
          const before = world.state;
          const done = core.transition(before, command, env);
          world = { ...world, state: done.state };
          if (done.outcome.kind === 'refused') {
            if (done.state !== before) throw new Error('a refused command changed the state');
            continue;
          }
          for (const law of laws) {
            const wrong = law(core, { before, command, env, done });
            if (wrong !== undefined) throw new Error(`step ${at}, ${command.kind}: ${wrong}`);
          }
        }
      }),
      parameters(effort),
    );

/** The order of the entries in config.yaml changes no decision. */
const configOrderChangesNothing: Check = (core, effort) =>
  fc.assert(
    fc.property(sequences, fc.nat(5), ({ state, settings, steps }, turn) => {
      const turned = <K, V>(map: ReadonlyMap<K, V>): Map<K, V> => {
        const entries = [...map];
        return new Map([...entries.slice(turn), ...entries.slice(0, turn)].reverse());
      };
      let world = aWorld(state, settings);
      for (const step of steps) {
        const taken = take(world, step);
        world = taken.world;
        if (taken.command === null) continue;
        const env = environmentOf(world);
        const { projects, projectPriorities } = env.settings;
        const other = { ...env.settings, projects: turned(projects), projectPriorities: turned(projectPriorities) };
        const done = core.transition(taken.world.state, taken.command, env);
        const again = core.transition(taken.world.state, taken.command, { ...env, settings: other });
        if (JSON.stringify(done) !== JSON.stringify(again)) throw new Error('another order of config, another answer');
        world = { ...taken.world, state: done.state };
      }
    }),
    parameters(effort),
  );

/** A transition does not write to its input state. */
const inputIsNotWritten: Check = (core, effort) =>
  fc.assert(
    fc.property(sequences, ({ state, settings, steps }) => {
      let world = aWorld(state, settings);
      for (const step of steps) {
        const taken = take(world, step);
        world = taken.world;
        if (taken.command === null) continue;
        const before = JSON.stringify(taken.world.state);
        const done = core.transition(taken.world.state, taken.command, environmentOf(taken.world));
        if (JSON.stringify(taken.world.state) !== before) throw new Error(`${taken.command.kind} wrote to its input`);
        world = { ...taken.world, state: done.state };
      }
    }),
    parameters(effort),
  );

const nothingStarves: Check = (core, effort) => {
  for (const strategy of STRATEGIES) {
    fc.assert(
      fc.property(starvingCase(strategy), (starving) => {
        const hungry = starvation(core, starving);
        if (hungry !== undefined) throw new Error(`${strategy}: ${hungry}`);
      }),
      parameters(effort),
    );
  }
};

const planIsAsDocumented: Check = (core, effort) => {
  for (const strategy of STRATEGIES) {
    fc.assert(
      fc.property(smallQueue(strategy), (small) => {
        const wrong = disagreement(core, small);
        if (wrong !== undefined) throw new Error(`${strategy}: ${wrong}`);
      }),
      parameters(effort),
    );
  }
};

const claimants = fc.array(fc.record({ weight: fc.nat(40), most: fc.nat(12), least: fc.constantFrom(0, 0, 1, 3) }), {
  minLength: 1,
  maxLength: 6,
});

/** One more seat reduces no claim; all seats are given out as far as they are wanted; no claim gets more than it wants. */
const seatsAreHouseMonotone: Check = (core, effort) =>
  fc.assert(
    fc.property(claimants, fc.nat(40), (list, seats) => {
      const keyed = list.map((claimant, key) => ({ ...claimant, key }));
      const few = [...core.apportion(seats, keyed).values()];
      const more = [...core.apportion(seats + 1, keyed).values()];
      const wanted = keyed.map(({ weight, most, least }) => (weight > 0 ? most : Math.min(least, most)));
      const total = (of: readonly number[]): number => of.reduce((sum, n) => sum + n, 0);
      if (few.some((n, at) => n > (more[at] ?? 0))) throw new Error(`${few} → ${more}: a seat was taken away`);
      if (few.some((n, at) => n > (wanted[at] ?? 0))) throw new Error(`${few} is more than ${wanted}`);
      if (total(few) !== Math.min(seats, total(wanted))) throw new Error(`${few} are not all of ${seats} seats`);
    }),
    parameters(effort),
  );

/** Without minima and caps, as in the textbook rounding, no other claimant has a stronger claim to a seat. */
const seatsAreFair: Check = (core, effort) =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 5 }),
      fc.nat(30),
      (weights, seats) => {
        const keyed = weights.map((weight, key) => ({ key, weight, most: seats, least: 0 }));
        const given = [...core.apportion(seats, keyed).values()];
        const last = (at: number): number => (weights[at] ?? 0) / (2 * (given[at] ?? 0) - 1);
        const next = (at: number): number => (weights[at] ?? 0) / (2 * (given[at] ?? 0) + 1);
        for (const [a, seatsOfA] of given.entries()) {
          for (const b of given.keys()) {
            if (seatsOfA > 0 && next(b) > last(a) + 1e-9)
              throw new Error(`${given} of ${weights}: ${b} deserves one of ${a}`);
          }
        }
      },
    ),
    parameters(effort),
  );

export const CHECKS: Readonly<Record<string, Check>> = {
  'the order of config.yaml does not change the plan': configOrderChangesNothing,
  'a transition does not write to its input': inputIsNotWritten,
  'no request starves': nothingStarves,
  'the plan is as documented': planIsAsDocumented,
  'one more seat reduces no claim': seatsAreHouseMonotone,
  'no other claimant has a stronger claim to a seat': seatsAreFair,
};

export const allLaws: Check = obeys(...Object.values(LAWS));
