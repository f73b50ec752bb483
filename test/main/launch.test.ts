/** V8's code cache: written by the first run, used by the next, and harmless when it is damaged. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanEnvironment, ROOT, temporaryFolder } from '../helpers/cli.ts';

function installed(home?: string) {
  const root = temporaryFolder();
  const filter = (from: string): boolean => !from.endsWith(join('dist', 'cache'));
  for (const part of ['bin', 'dist', '.resource-manager', 'package.json'])
    cpSync(join(ROOT, part), join(root, part), { recursive: true, filter });
  const env = cleanEnvironment({ HOME: home ?? root, RESOURCE_MANAGER_DIR: join(root, 'state') });
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

it('keeps the cache in the home if the package is not writable, but makes no home', () => {
  const home = temporaryFolder();
  for (const [HOME, kept] of [
    [home, true],
    [join(home, 'gone'), false],
  ] as const) {
    const { run, cache } = installed(HOME);
    writeFileSync(cache, 'a file where the folder would be');
    expect(run('queue')).toMatchObject({ status: 0, stderr: expect.not.stringContaining('error') });
    expect([HOME, existsSync(join(HOME, '.cache', 'agent-resource-manager'))]).toEqual([HOME, kept]);
  }
  expect(readdirSync(home)).toEqual(['.cache']);
});
