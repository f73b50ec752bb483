import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nesting, OUTSIDE, WHOLE } from '../../../src/core/hooks/nesting.ts';

const jsonMap = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());

it('a map is whole at its last byte and not before, however it is cut', () => {
  fc.assert(
    fc.property(jsonMap, fc.nat(), (value, cut) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const at = cut % bytes.length;
      const before = nesting(bytes.subarray(0, at), OUTSIDE);
      expect(before).not.toBe(WHOLE);
      expect(nesting(bytes.subarray(at, -1), before)).not.toBe(WHOLE);
      expect(nesting(bytes.subarray(at), before)).toBe(WHOLE);
    }),
  );
});

it('brackets and quotes inside a string do not count', () => {
  const part = (text: string) => nesting(Buffer.from(text), OUTSIDE);
  expect(part('{"a": "}]\\"}"')).not.toBe(WHOLE);
  expect(part('{"a": "}]\\\\"}')).toBe(WHOLE);
});
