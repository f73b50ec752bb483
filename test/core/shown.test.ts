import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shown } from '../../src/core/shown.ts';

const ACTING = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029\u{feff}\u{e0001}]/u;

it('writes out what acts on a terminal, and leaves the rest', () => {
  expect(shown('a\u001b]0;x\u0007b\u009bc\u007f\r')).toBe('a\\u001b]0;x\\u0007b\\u009bc\\u007f\\u000d');
  expect(shown('safe\u202e\u2066\u200f\u061c\u2028\ufeff')).toBe('safe\\u202e\\u2066\\u200f\\u061c\\u2028\\ufeff');
  expect(shown('tag\u{e0041}')).toBe('tag\\udb40\\udc41');
  const plain = 'Grüße, 日本 👩‍👩‍👧 ✅ ⚠️\n\tx';
  expect(shown(plain)).toBe(plain);
});

it('any JSON text keeps its value, and no text keeps an acting character', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const json = shown(JSON.stringify({ value, text }));
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      expect(json).not.toMatch(ACTING);
      expect(shown(text)).not.toMatch(ACTING);
    }),
  );
});
