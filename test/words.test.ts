/** Comments begin with their subject. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './helpers/cli.ts';

const files = ['src', 'scripts', 'bin'].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|mjs|cjs)$/.test(file))
    .map((file) => join(room, file)),
);

const OPENING = /^\s*(?:\/\*\*|\/\/|\*)\s+(?:What|Who|Whose|Those)\b.*/gm;
const MOST_OPENINGS = 25;

it('few comments open with a relative clause', () => {
  expect(files.length).toBeGreaterThan(300);
  const found = files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    return (text.match(OPENING) ?? []).map((line) => `${file}: ${line.trim()}`);
  });
  expect(found.slice(MOST_OPENINGS)).toEqual([]);
});

it('finds the comments that it counts', () => {
  expect('/** What is left. */\n  // Those that wait.\n/** The rest. */\n'.match(OPENING)).toHaveLength(2);
});
