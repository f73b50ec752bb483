/** Small versions of `bench/reused-pids.mjs` and `bench/starting-runs.mjs`: nothing is ended for a number or a moment. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanEnvironment, ROOT } from '../helpers/cli.ts';
import { canUnshare } from '../helpers/namespace.ts';

it.skipIf(!canUnshare).each([
  ['a daemon with a number that a killed run once had is not touched', 'reused-pids', '--canaries', '40'],
  ['a run that starts beside reap --yes is not ended', 'starting-runs', '--runs', '60'],
])(
  '%s',
  (_promise, bench, ...words) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bench', `${bench}.mjs`), ...words], {
      encoding: 'utf8',
      env: cleanEnvironment(),
    });
    expect(status, stdout + stderr).toBe(0);
  },
  300_000,
);
