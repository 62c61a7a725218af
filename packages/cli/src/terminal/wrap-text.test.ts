import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wrapText } from './wrap-text.ts';

it('breaks between words only, and loses none', () => {
  expect(wrapText('a vector gave another output', 10)).toEqual(['a vector', 'gave', 'another', 'output']);
  expect(wrapText('sha256:0123456789abcdef is long', 10)).toEqual(['sha256:0123456789abcdef', 'is long']);
  expect(wrapText('all of it', Number.POSITIVE_INFINITY)).toEqual(['all of it']);
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 80 }), (text, width) => {
      expect(wrapText(text, width).join(' ')).toBe(text);
    }),
  );
});
