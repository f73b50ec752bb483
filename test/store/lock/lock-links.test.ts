/** Links and files that another user puts into the lock's folder are removed, and their targets are not touched. */
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readText } from '../../../src/files/text-file.ts';
import { commitText } from '../../../src/store/lock/commit.ts';
import { takeLock } from '../../../src/store/lock/lock.ts';
import { temporaryFolder } from '../../helpers/cli.ts';

const SELF = { pid: process.pid, started: 1, boot: 'b', ns: null, command: null };
const OPTIONS = { self: SELF, isDead: () => true, nowMs: Date.now, timeoutMs: 10_000, hungAfterMs: 5_000 };
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

describe('what another user puts in the place of the lock is moved out of the way and kept:', () => {
  const SOON = { ...OPTIONS, isDead: () => false, hungAfterMs: 50 };
  const plants: [string, (lockDir: string, elsewhere: string) => void][] = [
    ['a file', (lockDir) => writeFileSync(lockDir, 'mine')],
    ['a pipe', (lockDir) => execFileSync('mkfifo', [lockDir])],
    ['a link to a folder', (lockDir, elsewhere) => symlinkSync(elsewhere, lockDir)],
    ['a link to nothing', (lockDir) => symlinkSync('/nonexistent/nowhere', lockDir)],
  ];
  it.each(plants)('%s', async (_name, plant) => {
    const { lockDir, elsewhere, untouched } = aLockDir('free', () => {});
    rmdirSync(lockDir);
    plant(lockDir, elsewhere);
    const lock = await takeLock(lockDir, SOON);
    expect(lstatSync(lockDir).isDirectory()).toBe(true);
    lock.release();
    expect(readdirSync(lockDir)).toEqual(['free']);
    expect(readdirSync(dirname(lockDir)).filter((name) => name.startsWith('x.lock.set-aside.'))).toHaveLength(1);
    untouched();
  });

  it('an entry with another name is taken for the lock, and one beside the free entry is left alone', async () => {
    const { lockDir } = aLockDir('junk', (path) => mkdirSync(path));
    (await takeLock(lockDir, SOON)).release();
    expect(readdirSync(lockDir)).toEqual(['free']);
    mkdirSync(join(lockDir, 'more'));
    (await takeLock(lockDir, { ...OPTIONS, timeoutMs: 1_000 })).release();
    expect(readdirSync(lockDir).sort()).toEqual(['free', 'more']);
  });
});

describe('a holder that nobody can judge', () => {
  const ENTRY = `held.1.1.b..${Date.now()}.x`;
  it('keeps the lock while it shows signs of life, and loses it after hungAfterMs without one', async () => {
    const { lockDir } = aLockDir(ENTRY, (path) => mkdirSync(path));
    const beat = setInterval(() => utimesSync(join(lockDir, ENTRY), new Date(), new Date()), 20);
    const options = { ...OPTIONS, isDead: () => false, hungAfterMs: 2_000 };
    await expect(takeLock(lockDir, { ...options, timeoutMs: 300 })).rejects.toThrow('held by process 1');
    clearInterval(beat);
    const lock = await takeLock(lockDir, options);
    expect(readdirSync(lockDir)).toEqual([basename(lock.folder)]);
    lock.release();
  });

  it('loses it by a clock that nobody can set, when the clock of the machine was set back by years', async () => {
    const { lockDir } = aLockDir(ENTRY, (path) => mkdirSync(path));
    const yearsAgo = (): number => Date.now() - 1e11;
    (await takeLock(lockDir, { ...OPTIONS, nowMs: yearsAgo, isDead: () => false, hungAfterMs: 200 })).release();
    expect(readdirSync(lockDir)).toEqual(['free']);
  });
});
