/** Links and files that another user puts into the lock's folder are removed, and their targets are not touched. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readText } from '../../../src/files/text-file.ts';
import { commitText } from '../../../src/store/lock/commit.ts';
import { takeLock } from '../../../src/store/lock/lock.ts';
import { temporaryFolder } from '../../helpers/cli.ts';

const SELF = { pid: process.pid, started: 1, boot: 'b', ns: null, command: null };
const OPTIONS = { self: SELF, isDead: () => true, nowMs: Date.now, timeoutMs: 10_000, hungAfterMs: null };
const DEAD = 'held.999999.1.b..1.x';

function aLockDir(entry: string, plant: (path: string, elsewhere: string) => void) {
  const dir = temporaryFolder();
  const [lockDir, elsewhere] = [join(dir, 'x.lock'), join(dir, 'elsewhere')];
  mkdirSync(lockDir);
  mkdirSync(join(elsewhere, 'sub'), { recursive: true });
  for (const name of ['thesis', 'next', 'next.bak', 'sub/notes']) writeFileSync(join(elsewhere, name), 'kept');
  plant(join(lockDir, entry), elsewhere);
  const untouched = (): void => {
    expect(readdirSync(elsewhere).sort()).toEqual(['next', 'next.bak', 'sub', 'thesis']);
    for (const name of ['thesis', 'next', 'next.bak', 'sub/notes'])
      expect(readFileSync(join(elsewhere, name), 'utf8')).toBe('kept');
  };
  return { dir, lockDir, elsewhere, untouched };
}

describe.each([
  ['the entry of a dead holder', DEAD],
  ['the free entry', 'free'],
])('%s', (_name, entry) => {
  it.each([
    ['a link to a folder', (path: string, elsewhere: string) => symlinkSync(elsewhere, path)],
    ['a link to a file', (path: string, elsewhere: string) => symlinkSync(join(elsewhere, 'thesis'), path)],
    ['a link to nothing', (path: string) => symlinkSync('/nonexistent/nowhere', path)],
    ['a file', (path: string) => writeFileSync(path, '')],
  ])('that is %s is replaced by a folder', async (_kind, plant) => {
    const { dir, lockDir, untouched } = aLockDir(entry, plant);
    const lock = await takeLock(lockDir, OPTIONS);
    expect(lstatSync(lock.folder).isDirectory()).toBe(true);
    writeFileSync(join(dir, 'file'), 'old');
    commitText(join(dir, 'file'), 'new', readText(join(dir, 'file'))?.mark as never, lock.folder);
    lock.release();
    expect(readdirSync(lockDir)).toEqual(['free']);
    untouched();
  });
});

it.each(['next', 'next.bak'])('a link called %s is not written through', async (name) => {
  const { dir, lockDir, elsewhere, untouched } = aLockDir('free', (path, target) => {
    mkdirSync(path);
    symlinkSync(join(target, 'thesis'), join(path, name));
  });
  writeFileSync(join(dir, 'file'), 'old');
  const lock = await takeLock(lockDir, OPTIONS);
  commitText(join(dir, 'file'), 'new', readText(join(dir, 'file'))?.mark as never, lock.folder);
  lock.release();
  for (const path of ['file', 'file.bak']) {
    expect(lstatSync(join(dir, path)).isFile()).toBe(true);
    expect(readFileSync(join(dir, path), 'utf8')).toBe('new');
  }
  expect(readdirSync(elsewhere)).toHaveLength(4);
  untouched();
});

it('an entry of a dead holder with a folder and a link in it leaves their targets alone', async () => {
  const { lockDir, elsewhere, untouched } = aLockDir(DEAD, (path, target) => {
    mkdirSync(join(path, 'sub'), { recursive: true });
    symlinkSync(target, join(path, 'link'));
  });
  (await takeLock(lockDir, OPTIONS)).release();
  expect(readdirSync(elsewhere)).toHaveLength(4);
  untouched();
});

it('unfinished files of a dead holder are removed', async () => {
  const { lockDir } = aLockDir(DEAD, (path) => {
    mkdirSync(path);
    for (const name of ['next', 'next.bak']) writeFileSync(join(path, name), 'half of a text');
  });
  (await takeLock(lockDir, OPTIONS)).release();
  expect(readdirSync(join(lockDir, 'free'))).toEqual([]);
});
