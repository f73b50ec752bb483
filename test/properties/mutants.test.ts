/** The properties notice every mutant of the core, so each of them can fail. */
import { describe, expect, it } from 'vitest';
import type { Check } from './checks.ts';
import { allLaws, CHECKS } from './checks.ts';
import type { Core } from './core.ts';
import { MUTANTS } from './mutants.ts';
import { coreWith, occurrences } from './mutate.ts';
import { eachAgentHasALease } from './sessions.ts';

const SEED = 20_261_121;
/** Cheap properties first, since they notice most mutants. */
const RUNS: readonly (readonly [name: string, check: Check | undefined, runs: number])[] = [
  ['fair seats', CHECKS['no other claimant has a stronger claim to a seat'], 50],
  ['the plan is as documented', CHECKS['the plan is as documented'], 1500],
  ['the laws', allLaws, 600],
  ['each agent has a lease', eachAgentHasALease, 300],
  ['no request starves', CHECKS['no request starves'], 250],
];

/** The first property that fails, or null. */
function noticedBy(core: Core): string | null {
  for (const [name, check, runs] of RUNS) {
    try {
      check?.(core, { runs, seed: SEED, shrink: false });
    } catch {
      return name;
    }
  }
  return null;
}

describe('mutants', () => {
  it('the real core passes the same run as the mutants', async () => {
    expect(noticedBy(await coreWith(null))).toBeNull();
  });

  it.each(MUTANTS)('noticed: $name', async (mutant) => {
    expect(await occurrences(mutant)).toBe(1);
    expect(noticedBy(await coreWith(mutant))).not.toBeNull();
  });
});
