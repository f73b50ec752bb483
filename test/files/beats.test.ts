/** Files of beats: what is planted in their place is not believed, not followed and waited for by nobody. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { beatName, beatText } from '../../src/core/model/beat.ts';
import { openBeats } from '../../src/files/beats.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { process_ } from '../helpers/state.ts';

const REF = { ...process_(7), boot: 'abc', ns: 4 };

function place(nowMs = 1_000_000) {
  const dir = temporaryFolder();
  let now = nowMs;
  const path = join(dir, 'beats', beatName(REF) ?? '');
  const set = (ms: number): void => {
    now = ms;
  };
  return { dir, path, set, beats: openBeats(dir, () => now) };
}

it('a beat that is written is read, is missed, and is swept when nothing names its process', () => {
  const { dir, beats, set } = place();
  expect([beats.read(REF), beats.isMissed(REF)]).toEqual([null, false]);
  beats.write(REF, 10);
  expect([beats.read(REF), beats.isMissed(REF)]).toEqual([{ everyMs: 10, atMs: 1_000_000 }, false]);
  beats.sweep(() => false);
  set(1_000_031);
  expect(beats.isMissed(REF)).toBe(true);
  beats.sweep((name) => name === beatName(REF));
  expect(readdirSync(join(dir, 'beats'))).toEqual([beatName(REF)]);
  beats.sweep(() => false);
  expect(readdirSync(join(dir, 'beats'))).toEqual([]);
});

it('a link, a pipe or a long file in the place of a beat is none, and is not written', () => {
  const { dir, path, beats, set } = place();
  mkdirSync(join(dir, 'beats'));
  const elsewhere = join(dir, 'elsewhere');
  writeFileSync(elsewhere, beatText({ everyMs: 1, atMs: 1 }));
  const plant: readonly (() => void)[] = [
    () => symlinkSync(elsewhere, path),
    () => spawnSync('mkfifo', [path]),
    () => writeFileSync(path, `${beatText({ everyMs: 1, atMs: 1 })}${'x'.repeat(10_000)}`),
  ];
  for (const make of plant) {
    spawnSync('rm', ['-f', path]);
    make();
    expect(existsSync(path)).toBe(true);
    expect([beats.read(REF), beats.isMissed(REF)]).toEqual([null, false]);
    beats.write(REF, 10);
    set(2_000_000);
    expect(beats.isMissed(REF)).toBe(false);
  }
  expect(readFileSync(elsewhere, 'utf8')).toBe(beatText({ everyMs: 1, atMs: 1 }));
});
