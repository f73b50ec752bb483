/** 300 plantings of `bench/attack.mjs`: a member of a shared pool against the files, processes and agents of others. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanEnvironment, ROOT } from '../helpers/cli.ts';
import { canUnshare } from '../helpers/namespace.ts';

const seed = process.env.PROPERTY_SEED ?? '13';

it.skipIf(!canUnshare)(
  'a member who plants anything anywhere touches nothing of others and blocks nobody',
  () => {
    // A command may be slow here without being blocked: only one that hangs counts.
    const words = ['--plantings', '300', '--batch', '6', '--seed', seed, '--slow', '19'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bench', 'attack.mjs'), ...words], {
      encoding: 'utf8',
      env: cleanEnvironment(),
    });
    expect(status, stdout + stderr).toBe(0);
  },
  1_200_000,
);
