/**
 * Every figure of the screens on random lives of a pool, computed again from the files by the plainest code, written from
 * the sentences of docs/reference/figures.md alone. TRUTH_LIVES and TRUTH_SEED choose how many and which.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Commands, openCommands } from './commands.ts';
import { live } from './life.ts';
import { diceOf } from './random.ts';
import { SCREENS } from './screens.ts';

const LIVES = Number(process.env.TRUTH_LIVES ?? 40);
const SEED = Number(process.env.TRUTH_SEED ?? 0);
const STEPS = 100;
/** Lives of one test, so that a failure names a short range of seeds. */
const EACH = 10;

/** Figures whose sentence the code does not follow yet. */
const AHEAD_OF_THE_CODE = [
  /^efficiency (--json )?\S+ (per_percent_of_progress|idle_share|printed)/,
  /^forecast /,
  /^report --json (events|metrics\.(fairness|forecast_accuracy):)/,
  /^report measures\.(fairness|forecast accuracy)/,
  /^page cards\.Fairness/,
];

let commands: Commands;
beforeAll(() => {
  commands = openCommands();
});
afterAll(() => commands.end());

/** What the screens say wrongly at the end of the life with this seed. */
async function faultsOf(seed: number): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'truth-'));
  try {
    const { now } = await live(commands, dir, diceOf(seed), STEPS);
    const faults: string[] = [];
    for (const check of SCREENS) faults.push(...(await check({ commands, dir, now })));
    return faults
      .filter((fault) => !AHEAD_OF_THE_CODE.some((pattern) => pattern.test(fault)))
      .map((fault) => `seed ${seed}: ${fault}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe('every figure is true', () => {
  const begins = Array.from({ length: Math.ceil(LIVES / EACH) }, (_, at) => SEED + at * EACH);
  it.each(begins)('in the lives from seed %i on', async (begin) => {
    for (let seed = begin; seed < Math.min(begin + EACH, SEED + LIVES); seed += 1)
      expect(await faultsOf(seed)).toEqual([]);
  });
});
