/** A property that cannot fail proves nothing: here each of many broken cores has to be noticed. */
import { describe, expect, it } from 'vitest';
import type { Check } from './checks.ts';
import { allLaws, CHECKS } from './checks.ts';
import type { Core } from './core.ts';
import { MUTANTS } from './mutants.ts';
import { coreWith, occurrences } from './mutate.ts';
import { eachAgentHasALease } from './sessions.ts';

const SEED = 20_261_121;
/** The cheap ones first: most mutants die in them. */
const RUNS: readonly (readonly [name: string, check: Check | undefined, runs: number])[] = [
  ['no seat would be better with another', CHECKS['no seat would be better with another'], 50],
  ['the plan is the documented one', CHECKS['the plan is the documented one'], 1500],
  ['the laws', allLaws, 600],
  ['each agent has a lease', eachAgentHasALease, 300],
  ['nothing starves', CHECKS['nothing starves'], 250],
];

/** The first property that notices, or null when none does. */
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

describe('broken on purpose', () => {
  it('the core as it is passes the very run that the broken ones are put to', async () => {
    expect(noticedBy(await coreWith(null))).toBeNull();
  });

  it.each(MUTANTS)('noticed: $name', async (mutant) => {
    expect(await occurrences(mutant)).toBe(1);
    expect(noticedBy(await coreWith(mutant))).not.toBeNull();
  });
});
