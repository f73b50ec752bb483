/** The memory of ids beyond the list in slots.yaml: an id counts once, however many others come in between. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openResourceManager } from '../../src/main/library.ts';
import { sandbox } from '../helpers/cli.ts';

const MANY = 1_100;

async function aMachine() {
  const box = sandbox();
  box.run('resource-manager', ['budget', 'allocate', 'a', '--tokens', '1M']);
  const manager = openResourceManager({ dir: box.dir });
  const report = (id: string) => manager.reportUsage('a', { tokens: 1, id });
  const used = (): number =>
    box.json<{ consumed: { tokens: number } }>('resource-manager', ['budget', 'status', 'a']).answer.consumed.tokens;
  const files = (): string[] => (existsSync(join(box.dir, 'ids')) ? readdirSync(join(box.dir, 'ids')) : []);
  return { ...box, report, used, files };
}

it('an id that was reported first counts once after a thousand others', async () => {
  const { report, used, files, run, slotsText } = await aMachine();
  for (let n = 0; n < MANY; n += 1) await report(`call-${n}`);
  expect(used()).toBe(MANY);
  for (const n of [0, 1, 255, 256, 257, 511, 512, 513, 800, MANY - 1]) await report(`call-${n}`);
  expect(used()).toBe(MANY);
  expect(files()).toHaveLength(1);
  // The line of the agent stays short.
  expect(slotsText().length).toBeLessThan(15_000);
  // A budget that begins anew has nothing counted before.
  run('resource-manager', ['budget', 'release', 'a']);
  expect(files()).toEqual([]);
  run('resource-manager', ['budget', 'allocate', 'a', '--tokens', '1M']);
  await report('call-0');
  expect(used()).toBe(1);
});

it('without a place for old ids the recent ones count once all the same', async () => {
  const { dir, report, used } = await aMachine();
  writeFileSync(join(dir, 'ids'), 'no folder');
  for (let n = 0; n < 600; n += 1) await report(`call-${n}`);
  for (let n = 400; n < 600; n += 1) await report(`call-${n}`);
  expect(used()).toBe(600);
});
