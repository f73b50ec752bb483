/** Files saved by an editor on Windows: line ends and byte-order mark stay on every path that writes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { transition } from '../../../src/core/transition.ts';
import { formOf, inForm } from '../../../src/store/document/file-form.ts';
import { renderSlots } from '../../../src/store/document/render-slots.ts';
import { parseSlots } from '../../../src/store/document/slots-document.ts';
import { ROOT } from '../../helpers/cli.ts';
import { anEnvironment, aRequest } from '../../helpers/state.ts';

const FORMS = [
  ['line feeds', { hasMark: false, isCrlf: false }],
  ['line feeds and a mark', { hasMark: true, isCrlf: false }],
  ['Windows line ends', { hasMark: false, isCrlf: true }],
  ['Windows line ends and a mark', { hasMark: true, isCrlf: true }],
] as const;

it.each(FORMS)('a text with %s is taken apart and put together', (_name, form) => {
  const plain = 'a: 1\n# é\n\nb: [\n  2 ]\n';
  expect(formOf(inForm(plain, form))).toEqual({ form, plain });
});

it.each([
  ['a: 1\r\nb: 2\r\nc: 3\n', true],
  ['a: 1\r\nb: 2\nc: 3\n', false],
  ['a: 1\r\nb: 2\n', false],
  ['a: "1\r2"\n', false],
  ['', false],
])('%j has the line ends of most of its lines', (text, isCrlf) => {
  expect(formOf(text).form.isCrlf).toBe(isCrlf);
});

describe('slots.yaml', () => {
  const fixtures = ['v0-seed.yaml', 'v1-flow-style.yaml', 'v1-machine-written.yaml'].flatMap((name) =>
    FORMS.map(([form, value]) => [name, form, value] as const),
  );
  it.each(fixtures)('%s with %s is the same state, and keeps its form', async (name, _form, form) => {
    const plain = readFileSync(join(ROOT, 'test', 'fixtures', 'slots', name), 'utf8');
    const rewritten = async (text: string) => {
      const document = await parseSlots('slots.yaml', text, null);
      const { state } = transition(document.state, aRequest('odin', 1, { holder: null }), anEnvironment());
      return renderSlots(document, state);
    };
    const [want, is] = [await rewritten(plain), await rewritten(inForm(plain, form))];
    expect(is.text).toBe(inForm(want.text, form));
    expect(is.state).toEqual(want.state);
    expect(is.isOwn).toBe(want.isOwn);
  });

  it('an error names the line and column that an editor shows', async () => {
    const text = inForm('version: 1\nmax_slots: 20\nleases:\n  - { id: L1, project: a, slots: -2 }\n', FORMS[3][1]);
    await expect(parseSlots('slots.yaml', text, null)).rejects.toThrow('line 4, column 34: leases[0].slots');
  });
});
