/** What the screens say wrongly at the end of a random life. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commands } from './commands.ts';
import { type Files, filesIn } from './files.ts';
import { live } from './life.ts';
import { diceOf } from './random.ts';
import { allRuns } from './runs.ts';
import { SCREENS } from './screens.ts';

const STEPS = 100;

const always = (): boolean => true;

/** True when an agent has begun a second run under its name. */
const hasLaterRuns = ({ events }: Files): boolean => {
  const agents = allRuns(events).map(({ agent }) => agent);
  return new Set(agents).size < agents.length || allRuns(events).some(({ usage }) => usage.length === 0);
};

/** Figures whose sentence the code does not follow yet, and the lives in which that shows. */
const AHEAD_OF_THE_CODE: readonly (readonly [figures: RegExp, shows: (files: Files) => boolean])[] = [
  [/^efficiency (--json )?\S+ (per_percent_of_progress|printed)/, always],
  [/^(efficiency|forecast) /, hasLaterRuns],
  [/^report --json (events|metrics\.fairness:)/, always],
  [/^report --json metrics\.forecast_accuracy:/, hasLaterRuns],
  [/^report measures\.forecast accuracy/, hasLaterRuns],
  [/^report measures\.fairness/, always],
  [/^page cards\.Fairness/, always],
];

export async function faultsIn(commands: Commands, dir: string, now: number): Promise<string[]> {
  const ahead = AHEAD_OF_THE_CODE.filter(([, shows]) => shows(filesIn(dir, now)));
  const faults: string[] = [];
  for (const check of SCREENS) faults.push(...(await check({ commands, dir, now })));
  return faults.filter((fault) => !ahead.some(([figures]) => figures.test(fault)));
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
