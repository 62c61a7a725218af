import { expect, test } from 'vitest';
import { parseInt8 } from './parse-int8.ts';

test('reads what a number can hold exactly', () => {
  expect(parseInt8('0')).toBe(0);
  expect(parseInt8('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(parseInt8('-9007199254740991')).toBe(Number.MIN_SAFE_INTEGER);
});

test('refuses to round', () => {
  expect(() => parseInt8('9007199254740993')).toThrow(RangeError);
  expect(() => parseInt8('-9223372036854775808')).toThrow(RangeError);
});
