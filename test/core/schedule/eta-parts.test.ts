import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Agent, Lease } from '../../../src/core/model/lease.ts';
import { statusJson } from '../../../src/render/json/json.ts';
import { aLease, anEnvironment, aState, byProject, later } from '../../helpers/state.ts';

const MINUTE = 60_000;
const agents = fc.array(
  fc.record({ progress: fc.option(fc.integer({ min: 0, max: 100 })), ago: fc.integer({ min: 0, max: 30 * MINUTE }) }),
  { maxLength: 4 },
);
const leases = fc.array(
  fc.record({
    project: fc.constantFrom('odin', 'atlas', 'new'),
    unnamed: fc.integer({ min: 0, max: 2 }),
    age: fc.integer({ min: 1, max: 60 * MINUTE }),
    ttl: fc.option(fc.integer({ min: 1, max: 60 * MINUTE })),
    agents,
  }),
  { maxLength: 5 },
);

it('no estimate of a whole is below that of its parts, or above a time limit of all', () => {
  fc.assert(
    fc.property(leases, (drawn) => {
      const made = drawn.map(({ project, unnamed, age, ttl, agents: parts }, at): Lease => {
        const listed = parts.map(
          ({ progress, ago }, n): Agent => ({
            name: `a${n}`,
            pid: null,
            progress,
            phase: null,
            progressAt: progress === null ? null : later(-Math.min(ago, age)),
            extra: {},
          }),
        );
        return aLease(`L${at + 1}`, project, Math.max(1, listed.length + unnamed), {
          acquiredAt: later(-age),
          expiresAt: ttl === null ? null : later(ttl),
          agents: listed,
        });
      });
      const state = aState(100, made, [], {
        learnedDuration: byProject({ odin: 20 * MINUTE, atlas: 5 * MINUTE }),
      });
      const { projects, eta_seconds: whole } = statusJson({
        state,
        environment: anEnvironment(),
        repairs: [],
        isDue: false,
      });
      for (const { agents: parts, eta_seconds: eta, eta_basis: basis } of projects) {
        const known = parts.flatMap(({ eta_seconds }) => (eta_seconds === null ? [] : [eta_seconds]));
        if (known.length > 0) expect(eta).toBeGreaterThanOrEqual(Math.max(...known));
        if (eta !== null) expect(whole).toBeGreaterThanOrEqual(eta);
        // An estimate that is named after progress is the figure of an agent.
        if (basis === 'progress') expect(known).toContain(eta);
      }
    }),
  );
});
