import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readText, stillStands } from '../../src/files/text-file.ts';
import { ROOT, temporaryFolder } from '../helpers/cli.ts';

it('a file that has just been written is read again, since its next state could look the same', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, 'one');
  expect(stillStands(path, readText(path)?.mark ?? null)).toBe(false);
});

it('one that has stood for a while need not be, until it is another', () => {
  const path = join(ROOT, 'package.json');
  const read = readText(path);
  expect(stillStands(path, read?.mark ?? null)).toBe(true);
  expect(stillStands(join(ROOT, 'tsconfig.json'), read?.mark ?? null)).toBe(false);
});

it('the same bytes are the very text that was known', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, 'ä one');
  const first = readText(path);
  expect(first?.text).toBe('ä one');
  expect(readText(path, first)?.bytes).toBe(first?.bytes);
  writeFileSync(path, 'ä two');
  expect(readText(path, first)?.text).toBe('ä two');
});
