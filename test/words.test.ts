/** The words of the house: comments begin with their subject, and no name means several things. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './helpers/cli.ts';

const files = ['src', 'scripts', 'bin'].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|mjs|cjs)$/.test(file))
    .map((file) => join(room, file)),
);
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const OPENING = /^\s*(?:\/\*\*|\/\/|\*)\s+(?:What|Who|Whose|Those)\b.*/gm;
const MOST_OPENINGS = 25;

/** The code without comments and without the texts inside of quotes. */
const codeOf = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '');

it('few comments open with a relative clause', () => {
  const found = files.flatMap((file) => (textOf(file).match(OPENING) ?? []).map((line) => `${file}: ${line.trim()}`));
  expect(found.slice(MOST_OPENINGS)).toEqual([]);
});

it('no identifier is called told', () => {
  expect(files.filter((file) => /\btold\b/i.test(codeOf(textOf(file))))).toEqual([]);
});

it('finds the words that it forbids', () => {
  expect('/** What is left. */\n  // Those that wait.\n'.match(OPENING)).toHaveLength(2);
  expect(codeOf("const a = 'told'; // told\nconst told = 1;")).toContain('told');
  expect(codeOf("const a = 'told'; // told\n")).not.toContain('told');
  expect(files.length).toBeGreaterThan(300);
});
