/** Plain words are read as commander reads them; all others are left to commander. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandSpec, GLOBAL_OPTIONS } from '../../src/cli/command.ts';
import { parseWithCommander } from '../../src/cli/commander-words.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { spec as REQUEST } from '../../src/cli/commands/request.ts';
import { plainWords } from '../../src/cli/plain-words.ts';

const SPECS: readonly (readonly [string, CommandSpec])[] = await Promise.all(
  Object.entries(COMMANDS).map(async ([name, { load }]) => [name, (await load()).spec] as const),
);
const VALUES = ['a', 'consilio', '2', '-1', '', ' ', '10m', 'a=b', '--', '-', '-q', '--dir', 'ä\n', '--json=', '=x'];

const wordsOf = ({ options }: CommandSpec): fc.Arbitrary<string[]> => {
  const known = [...options, ...GLOBAL_OPTIONS];
  const name = fc.constantFrom(...known.map((option) => option.name), 'unknown', 'pri', 'no-json');
  const value = fc.constantFrom(...VALUES);
  const word = fc.oneof(
    value,
    name.map((one) => `--${one}`),
    fc.tuple(name, value).map(([one, text]) => `--${one}=${text}`),
    fc.constantFrom('-q', '-v', '-qv', '-x', '---json', '--Json', '-dPATH'),
  );
  return fc.array(word, { maxLength: 7 });
};

describe.each(SPECS)('%s', (name, spec) => {
  it('reads plain words as commander does', () => {
    const property = fc.property(wordsOf(spec), (words) => {
      const plain = plainWords(spec, words);
      if (plain === null) return;
      const { operands, options } = parseWithCommander(spec, words, [], name);
      expect(plain).toEqual({ operands, options });
    });
    fc.assert(property, { numRuns: 400 });
  });
});

describe('which words are plain', () => {
  it.each([
    [['consilio', '2'], ['consilio', '2'], {}],
    [['consilio', '2', '--min', '1', '--json'], ['consilio', '2'], { min: '1', json: '' }],
    [['--dir=/a b', 'consilio', '2', '--detached'], ['consilio', '2'], { dir: '/a b', detached: '' }],
  ])('%j are', (words, operands, options) => {
    expect(plainWords(REQUEST, words)).toEqual({ operands, options: new Map(Object.entries(options)) });
  });

  it.each([
    ['too few operands', ['consilio']],
    ['too many operands', ['consilio', '2', '3']],
    ['an optional value', ['consilio', '2', '--wait']],
    ['a short option', ['consilio', '2', '-q']],
    ['an option twice', ['consilio', '2', '--min', '1', '--min', '1']],
    ['a switch with a value', ['consilio', '2', '--json=1']],
    ['a value that may be an option', ['consilio', '2', '--min', '--json']],
    ['no value', ['consilio', '2', '--min']],
    ['an unknown option', ['consilio', '2', '--mni', '1']],
    ['two dashes', ['consilio', '2', '--']],
  ])('%s are not', (_case, words) => {
    expect(plainWords(REQUEST, words)).toBeNull();
  });
});
