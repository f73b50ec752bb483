/** V8's code cache: written by the first run, used by the next, and harmless when it is damaged. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanEnvironment, ROOT, temporaryFolder } from '../helpers/cli.ts';

function installed() {
  const root = temporaryFolder();
  const filter = (from: string): boolean => !from.endsWith(join('dist', 'cache'));
  for (const part of ['bin', 'dist', '.resource-manager', 'package.json'])
    cpSync(join(ROOT, part), join(root, part), { recursive: true, filter });
  const env = cleanEnvironment({ HOME: root, RESOURCE_MANAGER_DIR: join(root, 'state') });
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [join(root, 'bin', 'resource-manager.cjs'), ...words], { encoding: 'utf8', env });
  return { run, cache: join(root, 'dist', 'cache') };
}

it('keeps one cache for each command that ran', () => {
  const { run, cache } = installed();
  for (const words of [['queue'], ['queue', '--json'], ['check', '--help'], ['check', 'nosuch'], ['no-such-command']])
    run(...words);
  expect(readdirSync(cache).map((name) => name.split('.')[0])).toEqual(['resource-manager-queue']);
});

it.each([
  ['a damaged page', (bytes: Buffer) => bytes.fill(0, 40_960, 45_056)],
  ['a changed bit', (bytes: Buffer) => bytes.fill((bytes[70_000] as number) ^ 1, 70_000, 70_001)],
  ['no second half', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['no bytes', () => Buffer.alloc(0)],
])('compiles and writes the cache again when it has %s', (_name, damage) => {
  const { run, cache } = installed();
  run('init');
  const { stdout } = run('queue');
  const name = readdirSync(cache).find((entry) => entry.startsWith('resource-manager-queue'));
  const file = join(cache, name as string);
  const bytes = damage(readFileSync(file));
  writeFileSync(file, bytes);
  expect(run('queue')).toMatchObject({ status: 0, signal: null, stdout, stderr: '' });
  expect(readFileSync(file).equals(bytes)).toBe(false);
  const { mtimeMs } = statSync(file);
  expect(run('queue')).toMatchObject({ status: 0, stdout });
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
});
