/** In a shared state each user finds or makes a folder of its own, whatever others put in the way. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EntryColumns } from '../../src/core/usage/columns.ts';
import { Contender } from '../../src/files/lock-contender.ts';
import { eachUserFolder, isOwnFolderOpenAt, ownFolder } from '../../src/files/own-folder.ts';
import { isShared } from '../../src/files/trust.ts';
import { openSeenProcesses } from '../../src/host/reap/seen-processes.ts';
import { openMemory } from '../../src/host/sessions/memory.ts';
import { nameSession } from '../../src/host/sessions/names.ts';
import { saveKept } from '../../src/host/transcripts/kept.ts';

const [MALLORY, VICTIM, GROUP] = [12001, 12002, 12000];
const isRoot = process.geteuid?.() === 0;

/** Runs a function with the user's rights. */
function as<T>(uid: number, act: () => T): T {
  process.setegid?.(GROUP);
  process.seteuid?.(uid);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'slots-test-'));
  writeFileSync(join(dir, 'slots.yaml'), 'version: 1\n');
});

afterEach(() => rmSync(dir, { recursive: true }));

/** Makes the state one of the group. */
function share(): void {
  for (const path of [dir, join(dir, 'slots.yaml')]) chownSync(path, 0, GROUP);
  chmodSync(dir, 0o2775);
  chmodSync(join(dir, 'slots.yaml'), 0o664);
}

const believed = (): number[] => {
  const uids: number[] = [];
  eachUserFolder(dir, ({ uid }) => uids.push(uid));
  return uids;
};

const linux = describe.skipIf(!isRoot || process.platform !== 'linux');

describe('a private state', () => {
  it('has no folders of users, and nothing is made', () => {
    expect(isShared(dir)).toBe(false);
    expect(ownFolder(dir)).toBeNull();
    expect(readdirSync(dir)).toEqual(['slots.yaml']);
  });

  it('is shared as soon as another user may write to the folder or to slots.yaml', () => {
    chmodSync(join(dir, 'slots.yaml'), 0o666);
    expect(isShared(dir)).toBe(true);
    chmodSync(join(dir, 'slots.yaml'), 0o644);
    chmodSync(dir, 0o1777);
    expect(isShared(dir)).toBe(true);
    expect(isShared(join(dir, 'absent'))).toBe(false);
  });
});

linux('a shared state', () => {
  beforeEach(share);

  /** The name of the user's folder. */
  const made = (uid: number): string => as(uid, () => basename(readlinkSync(ownFolder(dir) ?? '')));

  it('gives each user a folder that only this user may write to, whatever the umask', () => {
    const before = process.umask(0);
    const names = [made(VICTIM)];
    process.umask(0o077);
    names.push(made(MALLORY), made(0));
    process.umask(before);
    expect(names).toEqual([String(VICTIM), String(MALLORY), '0']);
    for (const user of [VICTIM, MALLORY]) {
      const { uid, mode } = lstatSync(join(dir, 'users', String(user)));
      expect([uid, mode & 0o777]).toEqual([user, 0o755]);
    }
    expect(lstatSync(join(dir, 'users')).mode & 0o7777).toBe(0o3775);
    expect(() => as(MALLORY, () => writeFileSync(join(dir, 'users', String(VICTIM), 'x'), ''))).toThrow('EACCES');
    expect(believed()).toEqual([0, MALLORY, VICTIM]);
    expect(readdirSync(dir).sort()).toEqual(['slots.yaml', 'users']);
  });

  it.each<[string, () => void]>([
    ['a folder', () => mkdirSync(join(dir, 'users', String(VICTIM)))],
    [
      'a folder for everybody',
      () => {
        mkdirSync(join(dir, 'users', String(VICTIM)));
        chmodSync(join(dir, 'users', String(VICTIM)), 0o777);
      },
    ],
    ['a link', () => symlinkSync(tmpdir(), join(dir, 'users', String(VICTIM)))],
    ['a file', () => writeFileSync(join(dir, 'users', String(VICTIM)), '')],
  ])('of another user: %s with its name is not believed, and does not block it', (_what, plant) => {
    made(MALLORY);
    as(MALLORY, plant);
    expect(made(VICTIM)).toMatch(/^12002\.[0-9a-z]+$/);
    expect(made(VICTIM)).toBe(made(VICTIM));
    expect(believed()).toEqual([MALLORY, VICTIM]);
  });

  it('does not believe a folder of its own that others may write to', () => {
    made(VICTIM);
    chmodSync(join(dir, 'users', String(VICTIM)), 0o775);
    expect(made(VICTIM)).toMatch(/^12002\./);
    expect(believed()).toEqual([VICTIM]);
  });

  it.each<[string, () => void]>([
    ['a link', () => symlinkSync('/tmp', join(dir, 'users'))],
    ['a file', () => writeFileSync(join(dir, 'users'), '')],
    ['a folder that only its owner may use', () => mkdirSync(join(dir, 'users'), 0o700)],
    ['a folder that only its owner may write to', () => mkdirSync(join(dir, 'users'), 0o755)],
  ])('in place of the folder of all users: %s is set aside', (_what, plant) => {
    as(MALLORY, plant);
    expect(made(VICTIM)).toBe(String(VICTIM));
    expect(readdirSync(dir).filter((name) => name.startsWith('users.set-aside.'))).toHaveLength(1);
  });

  it('of all users that another user has just made is kept', () => {
    as(MALLORY, () => mkdirSync(join(dir, 'users'), 0o700));
    as(MALLORY, () => writeFileSync(join(dir, 'users', 'x'), ''));
    expect([made(VICTIM), made(MALLORY), made(0)]).toEqual([String(VICTIM), String(MALLORY), '0']);
    expect(readdirSync(dir).filter((name) => name.startsWith('users'))).toHaveLength(2);
  });

  it('works below the folder itself when another user puts a link in its way', () => {
    const folder = as(VICTIM, () => ownFolder(dir)) ?? '';
    as(MALLORY, () => {
      renameSync(join(dir, 'users'), join(dir, 'moved'));
      mkdirSync(join(dir, 'trap'));
      mkdirSync(join(dir, 'trap', String(VICTIM)), 0o777);
      symlinkSync(join(dir, 'trap'), join(dir, 'users'));
    });
    as(VICTIM, () => writeFileSync(join(folder, 'note'), 'mine'));
    expect(readFileSync(join(dir, 'moved', String(VICTIM), 'note'), 'utf8')).toBe('mine');
    expect(readdirSync(join(dir, 'trap', String(VICTIM)))).toEqual([]);
    expect(isOwnFolderOpenAt(Number(folder.split('/').pop()))).toBe(true);
  });

  it('makes nothing for a reader', () => {
    expect(as(VICTIM, () => ownFolder(dir, false))).toBeNull();
    expect(readdirSync(dir)).toEqual(['slots.yaml']);
  });

  it('keeps what a user records for itself there, and follows nothing that others put beside the state', () => {
    const names = ['ledger', `hooks-${VICTIM}`, `transcripts-${VICTIM}`];
    as(MALLORY, () => {
      mkdirSync(join(dir, 'trap'), 0o777);
      chmodSync(join(dir, 'trap'), 0o777);
      for (const name of names) symlinkSync(join(dir, 'trap'), join(dir, name));
    });
    as(VICTIM, () => {
      openSeenProcesses(dir).add('abcdefg-odin-1.2.3', [{ pid: 4121, started: 5 }]);
      openSeenProcesses(dir).add('../../../trap/x', [{ pid: 4121, started: 5 }]);
      openMemory(dir).keep('odin/a', { action: 'warn', pausedFor: null });
      nameSession(dir, 's1', { project: 'odin', agent: null });
      saveKept(dir, new Map(), new EntryColumns());
    });
    expect(readdirSync(join(dir, 'trap'))).toEqual([]);
    expect(readdirSync(join(dir, 'users', String(VICTIM))).sort()).toEqual(names.toSorted());
  });

  it('has a lock in which each user gives signs of life, whoever has made it', () => {
    const lock = (pid: number) =>
      new Contender(join(dir, 'x.lock'), {
        ...{ self: { pid, started: 1, boot: 'b', ns: 1, command: null }, isDead: () => false },
        ...{ nowMs: Date.now, hungAfterMs: 60_000 },
      });
    const [made, held] = [lock(1), lock(2)];
    as(MALLORY, () => {
      while (!made.take());
      made.release();
    });
    as(VICTIM, () => {
      while (!held.take());
      const before = lstatSync(held.folder, { bigint: true }).ctimeNs;
      held.beat();
      expect(lstatSync(held.folder, { bigint: true }).ctimeNs).toBeGreaterThan(before);
      expect(readdirSync(held.folder)).toEqual([]);
      held.release();
    });
  });
});
