/** V8's code cache: written by the first run, used by the next, and harmless when it is damaged. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
  return { root, env, run, cache: join(root, 'dist', 'cache') };
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

it.each([
  ['all may write to', (file: string) => chmodSync(file, 0o666)],
  ['another user has written', (file: string) => chownSync(file, 12_001, 12_001)],
])('a cache that %s is no code of ours: it is not used, and written anew', (_name, plant) => {
  const { run, cache } = installed();
  run('init');
  run('queue');
  const file = join(cache, readdirSync(cache).find((entry) => entry.startsWith('resource-manager-queue')) as string);
  const before = statSync(file).mtimeMs;
  plant(file);
  expect(run('queue')).toMatchObject({ status: 0, stderr: '' });
  const anew = statSync(file);
  expect(anew).toMatchObject({ uid: process.geteuid?.(), mode: 0o100644 });
  expect(anew.mtimeMs).toBeGreaterThan(before);
  run('queue');
  expect(statSync(file).mtimeMs).toBe(anew.mtimeMs);
});

it('a cache is thrown away when a run with it ends in an internal error', () => {
  const { root, env, cache } = installed();
  const bundle = `(function(exports,require,module){
    exports.main = async () => { process.exitCode = Number(process.env.CODE); };
    exports.hasRun = () => process.env.CODE !== '70';
  })`;
  writeFileSync(join(root, 'dist', 'main.cjs'), bundle);
  const run = (CODE: string): number => {
    const words = [join(root, 'bin', 'resource-manager.cjs'), 'queue'];
    expect(spawnSync(process.execPath, words, { env: { ...env, CODE } }).status).toBe(Number(CODE));
    return existsSync(cache) ? readdirSync(cache).length : 0;
  };
  expect(['70', '0', '1', '0', '70', '70', '0'].map(run)).toEqual([0, 1, 1, 1, 0, 0, 1]);
});
