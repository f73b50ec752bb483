/** One minute of `bench/crash-and-stop.mjs`: commands that are killed and stopped, a monitor that is killed, a full disk. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanEnvironment, ROOT } from '../helpers/cli.ts';
import { canUnshare } from '../helpers/namespace.ts';

const seed = process.env.PROPERTY_SEED ?? '13';

it.skipIf(!canUnshare)(
  'kills, stops and a full disk cause no over-grant, no lost report and no leak',
  () => {
    const words = [join(ROOT, 'bench', 'crash-and-stop.mjs'), '--minutes', '1', '--seed', seed];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      env: cleanEnvironment(),
    });
    expect(status, stdout + stderr).toBe(0);
  },
  600_000,
);
