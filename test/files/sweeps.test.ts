/** Sweeps in folders of a shared state follow no link that another user has put in place of a folder. */
import {
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/model/instants.ts';
import { EntryColumns } from '../../src/core/usage/columns.ts';
import { removeGroup } from '../../src/host/containment/cgroup.ts';
import { openSeenProcesses } from '../../src/host/reap/seen-processes.ts';
import { openMemory } from '../../src/host/sessions/memory.ts';
import { saveKept } from '../../src/host/transcripts/kept.ts';
import { openHistory } from '../../src/store/history/history.ts';
import { temporaryFolder } from '../helpers/cli.ts';

const UID = process.getuid?.() ?? 0;
const ANOTHER = 12345;

const SWEEPS: readonly [folder: string, file: string, sweep: (dir: string) => void][] = [
  ['ledger', 'abcdefg-odin-1.2.3', (dir) => openSeenProcesses(dir).keep(new Set())],
  [
    `hooks-${UID}`,
    'thesis.txt',
    (dir) => {
      const memory = openMemory(dir);
      for (let n = 0; n < 200; n += 1) memory.keep(`odin/${n}`, { action: 'continue', pausedFor: null });
    },
  ],
  [`transcripts-${UID}`, 'responses-of-mine', (dir) => void saveKept(dir, new Map(), new EntryColumns())],
  [
    'history',
    '2020-01-01.jsonl',
    (dir) =>
      openHistory(
        dir,
        () => Date.now() as Instant,
        () => ({ keepMs: 0, maxBytes: 0 }),
      ).append({ kind: 'usage' }),
  ],
];

/** A state with an old file in the folder of that name. */
function aState(folder: string, file: string): { readonly dir: string; readonly old: string } {
  const dir = temporaryFolder();
  mkdirSync(join(dir, folder));
  const old = join(dir, folder, file);
  writeFileSync(old, 'kept');
  utimesSync(old, 0, 0);
  return { dir, old };
}

describe.each(SWEEPS)('%s', (folder, file, sweep) => {
  const linked = (uid: number): string => {
    const { dir } = aState(folder, file);
    renameSync(join(dir, folder), join(dir, 'elsewhere'));
    symlinkSync('elsewhere', join(dir, folder));
    lchownSync(join(dir, folder), uid, uid);
    sweep(dir);
    return join(dir, 'elsewhere', file);
  };

  it('loses its old files', () => {
    const { dir, old } = aState(folder, file);
    sweep(dir);
    expect(existsSync(old)).toBe(false);
  });

  it('loses them too when it is a link of its own user', () => expect(existsSync(linked(UID))).toBe(false));

  it.skipIf(UID !== 0)('loses nothing when it is a link of another user', () =>
    expect(existsSync(linked(ANOTHER))).toBe(true),
  );
});

it('the ledger loses only files that are named like a run', () => {
  const { dir } = aState('ledger', 'thesis.txt');
  openSeenProcesses(dir).keep(new Set());
  expect(readdirSync(join(dir, 'ledger'))).toEqual(['thesis.txt']);
});

it('removeGroup leaves a folder that is not a cgroup', () => {
  const dir = temporaryFolder();
  mkdirSync(join(dir, 'photos', 'empty'), { recursive: true });
  expect(removeGroup(join(dir, 'photos'))).toBe(false);
  expect(existsSync(join(dir, 'photos', 'empty'))).toBe(true);
  expect(removeGroup(join(dir, 'none'))).toBe(true);
});
