/**
 * Every figure of the screens on random lives of a pool, computed again from the files by the plainest code, written from
 * the sentences of docs/reference/figures.md alone. TRUTH_LIVES and TRUTH_SEED choose how many and which.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Commands, openCommands } from './commands.ts';
import { faultsOf } from './faults.ts';

const LIVES = Number(process.env.TRUTH_LIVES ?? 60);
const SEED = Number(process.env.TRUTH_SEED ?? 0);
/** Lives of one test, so that a failure names a short range of seeds. */
const EACH = 10;

let commands: Commands;
beforeAll(() => {
  commands = openCommands();
});
afterAll(() => commands.end());

describe('every figure is true', () => {
  const begins = Array.from({ length: Math.ceil(LIVES / EACH) }, (_, at) => SEED + at * EACH);
  it.each(begins)('in the lives from seed %i on', async (begin) => {
    const end = Math.min(begin + EACH, SEED + LIVES);
    for (let seed = begin; seed < end; seed += 1) expect(await faultsOf(commands, seed)).toEqual([]);
  });
});
