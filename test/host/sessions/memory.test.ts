/** Hooks remember their last words to an agent. */
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Instant } from '../../../src/core/model/instants.ts';
import { openMemory } from '../../../src/host/sessions/memory.ts';
import { temporaryFolder } from '../../helpers/cli.ts';

it('keeps each agent apart, however long its name, and forgets entries older than a week', () => {
  const dir = temporaryFolder();
  const memory = openMemory(dir);
  const long = `odin/${'x'.repeat(2_000)}`;
  for (const [agent, at] of [
    ['odin/a', 1],
    ['odin/b', 2],
    [long, 3],
  ] as const)
    memory.keep(agent, { action: 'warn', pausedFor: at as Instant });
  expect(['odin/a', 'ODIN/B', long].map((agent) => memory.last(agent)?.pausedFor)).toEqual([1, 2, 3]);
  expect(memory.last('odin/c')).toBeNull();
  const folder = join(dir, readdirSync(dir)[0] as string);
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 0, 0);
  for (let n = 0; n < 200; n += 1) memory.keep(`hera/${n}`, { action: 'continue', pausedFor: null });
  expect(memory.last('odin/a')).toBeNull();
  expect(readdirSync(folder)).toHaveLength(200);
});
