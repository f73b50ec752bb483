/**
 * Every figure of the screens on random lives of a pool, computed again from the files by the plainest code, written from
 * the sentences of docs/reference/figures.md alone. TRUTH_LIVES and TRUTH_SEED choose how many and which;
 * TRUTH_RUNS names a folder of recorded runs of agents, TRUTH_STATES folders of states, divided by `:`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Commands, openCommands } from './commands.ts';
import { faultsOf, faultsOfRuns, faultsOfState } from './faults.ts';

const LIVES = Number(process.env.TRUTH_LIVES ?? 60);
const SEED = Number(process.env.TRUTH_SEED ?? 0);
/** Lives of one test, so that a failure names a short range of seeds. */
const EACH = 10;

const RUNS = process.env.TRUTH_RUNS;
const STATES = (process.env.TRUTH_STATES ?? '').split(':').filter((folder) => folder !== '');

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

  it.runIf(RUNS !== undefined).each([0.2, 0.5, 0.8, 1])('when %f of the recorded runs is done', async (share) => {
    expect(await faultsOfRuns(commands, RUNS ?? '', share)).toEqual([]);
  });

  it.runIf(STATES.length > 0).each(STATES)('in the state %s', async (folder) => {
    expect(await faultsOfState(commands, folder)).toEqual([]);
  });
});
