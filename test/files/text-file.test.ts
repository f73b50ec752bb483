import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isCertainlyUnchanged, readText } from '../../src/files/text-file.ts';
import { ROOT, temporaryFolder } from '../helpers/cli.ts';

it('a file written just now counts as changed, since a next write could leave the same times', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, 'one');
  expect(isCertainlyUnchanged(path, readText(path)?.mark ?? null)).toBe(false);
});

it('an older file counts as unchanged, and another file as changed', () => {
  const path = join(ROOT, 'package.json');
  const read = readText(path);
  expect(isCertainlyUnchanged(path, read?.mark ?? null)).toBe(true);
  expect(isCertainlyUnchanged(join(ROOT, 'tsconfig.json'), read?.mark ?? null)).toBe(false);
});

it('unchanged bytes give the object that was read before', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, 'ä one');
  const first = readText(path);
  expect(first?.text).toBe('ä one');
  expect(readText(path, first)?.bytes).toBe(first?.bytes);
  writeFileSync(path, 'ä two');
  expect(readText(path, first)?.text).toBe('ä two');
});

it('a link is followed only in a folder that no other user may write to', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'link');
  writeFileSync(join(folder, 'file'), 'text');
  symlinkSync(join(folder, 'file'), path);
  expect(readText(path)?.text).toBe('text');
  chmodSync(folder, 0o2775);
  expect(() => readText(path)).toThrow(/it is a link, not a file/);
});
