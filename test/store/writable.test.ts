import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkFolder } from '../../src/store/writable.ts';
import { temporaryFolder } from '../helpers/cli.ts';

it('a folder that can be written is left as it was', () => {
  const dir = temporaryFolder();
  expect(checkFolder(dir)).toMatchObject({ failure: null, owner: null });
  expect(checkFolder(dir).freeBytes).toBeGreaterThan(0);
  expect(readdirSync(dir)).toEqual([]);
});
