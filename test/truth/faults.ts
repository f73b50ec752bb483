/** What the screens say wrongly at the end of a random life. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commands } from './commands.ts';
import { filesIn } from './files.ts';
import { live } from './life.ts';
import { diceOf } from './random.ts';
import { liveRecorded } from './recorded.ts';
import { SCREENS } from './screens.ts';

const STEPS = 100;

async function faultsIn(commands: Commands, dir: string, now: number): Promise<string[]> {
  const faults: string[] = [];
  for (const check of SCREENS) faults.push(...(await check({ commands, dir, now })));
  return faults;
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'truth-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The faults after the life with this seed. */
export const faultsOf = (commands: Commands, seed: number): Promise<string[]> =>
  inFolder(async (dir) => {
    const { now } = await live(commands, dir, diceOf(seed), STEPS);
    return (await faultsIn(commands, dir, now)).map((fault) => `seed ${seed}: ${fault}`);
  });

/** The faults when `share` of the recorded runs of a folder is lived. */
export const faultsOfRuns = (commands: Commands, folder: string, share: number): Promise<string[]> =>
  inFolder(async (dir) => faultsIn(commands, dir, await liveRecorded(commands, dir, folder, share)));

/** The faults in a copy of a state folder, a minute after its last record. */
export const faultsOfState = (commands: Commands, folder: string): Promise<string[]> =>
  inFolder(async (dir) => {
    cpSync(folder, dir, { recursive: true });
    const last = filesIn(dir, 0).events.at(-1)?.at ?? 0;
    return faultsIn(commands, dir, last + 60_000);
  });
