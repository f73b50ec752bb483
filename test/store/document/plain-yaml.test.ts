import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { parsePlainYaml } from '../../../src/store/document/plain-yaml.ts';

/** The value that the library reads, or undefined if it finds a fault. */
function library(text: string): unknown {
  const document = parseDocument(text, { stringKeys: true });
  return document.errors.length > 0 ? undefined : document.toJS();
}

const word = fc.stringMatching(/^[A-Za-z0-9_.:'"#~+-]{1,8}$/);
const oddScalar = fc.constantFrom(
  '1',
  '-0',
  '007',
  '1e3',
  '0x1F',
  '0o17',
  '1.50',
  '.5',
  '5.',
  '~',
  'null',
  'Null',
  'true',
  'TRUE',
  'yes',
  'off',
  '10m',
  '600M',
  '2026-11-21T10:00:00.000Z',
  '2026-11-21',
  '12:30',
  '"a b"',
  "'a'",
  'a b',
  'a: b',
  '- x',
  '*a',
  '&a b',
  '!x y',
  '|',
  '>',
  '[]',
  '{}',
  '[ a, b ]',
  '{ a: 1 }',
  '{a: 1}',
  '{ a: 1, a: 2 }',
  '{ a: { b: 2 }, c: [ 1, "x" ] }',
  '[a,]',
  '{ "q": 1 }',
  '{ a:1 }',
  '?',
  '-',
  '1_000',
  '+1',
  '.inf',
  '3/4',
  'a#b',
  'a #b',
  '#',
  '"x" # y',
  '"a\\n"',
  '99999999999999999999',
);
const key = fc.oneof(
  { arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'consilio', 'y', 'max_slots', '"1.50"', '"a"'), weight: 12 },
  { arbitrary: fc.constantFrom('null', 'true', '1', '1.50', '__proto__', '<<'), weight: 1 },
  { arbitrary: word, weight: 1 },
);
const line = fc
  .tuple(
    fc.constantFrom('', '', '', '', '  ', '  ', '    ', '\t'),
    key,
    fc.constantFrom(': ', ': ', ': ', ':  ', ':'),
    fc.oneof(oddScalar, word, fc.constant('')),
    fc.constantFrom('', ' ', '  # note', '#x'),
  )
  .map((parts) => parts.join(''));
const anyLine = fc.oneof(
  { arbitrary: line, weight: 8 },
  { arbitrary: fc.constantFrom('', '# c', '   # c', '---', '...', '- a', '  - a', '%YAML 1.2'), weight: 1 },
);

describe('parsePlainYaml', () => {
  it('never reads another value than the library', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 6 }), (lines) => {
        const text = `${lines.join('\n')}\n`;
        const plain = parsePlainYaml(text);
        if (plain === undefined || Object.keys(plain).length === 0) return;
        read += 1;
        expect(plain, text).toEqual(library(text));
      }),
      { numRuns: 6_000 },
    );
    expect(read).toBeGreaterThan(200);
  });

  it('reads plain configurations that the library writes', () => {
    const name = fc.stringMatching(/^[a-z][a-z_-]{0,8}$/).filter((text) => !['null', 'true', 'false'].includes(text));
    const value = fc.oneof(fc.integer({ min: -1000, max: 1000 }), name, fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.oneof(value, fc.dictionary(name, value, { minKeys: 1 })), { minKeys: 1 }),
        (map) => {
          expect(parsePlainYaml(stringify(map))).toEqual({ ...map });
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    [
      'the flow style of the documents',
      'slot_allocation: { consilio: 5, openhorizon: 0 }\n',
      { slot_allocation: { consilio: 5, openhorizon: 0 } },
    ],
    [
      'nested block maps with comments',
      'projects: # mine\n  consilio:\n    max: 10 # most\n\nstrategy: fifo\n',
      { projects: { consilio: { max: 10 } }, strategy: 'fifo' },
    ],
    [
      'an instant in a flow map',
      'vm_state: { health: healthy, sampled_at: 2026-11-21T10:00:00.000Z }\n',
      { vm_state: { health: 'healthy', sampled_at: '2026-11-21T10:00:00.000Z' } },
    ],
  ])('reads %s', (_name, text, want) => {
    expect(parsePlainYaml(text)).toEqual(want);
  });

  it.each([
    'a: &x 1\n',
    'a: b c\n',
    'a:\n  - 1\n',
    'a: |\n  x\n',
    'a: 1\na: 2\n',
    '__proto__: 1\n',
    'a: {\n b: 1 }\n',
    'a: "x\\u0041"\n',
    'a: 1\n   b: 2\n',
  ])('leaves %j to the library', (text) => {
    expect(parsePlainYaml(text)).toBeUndefined();
  });
});
