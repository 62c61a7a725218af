import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfToNumber, numberToHalf } from './half.ts';

describe('half precision', () => {
  it('keeps every half', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfToNumber(bits);
      expect(numberToHalf(value)).toBe(Number.isNaN(value) ? 0x7e00 : bits);
    }
  });

  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519.99, 0x7bff],
    [65_520, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.0001, 0x0001],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [-0, 0x8000],
  ])('turns %d into the bits %i', (value, bits) => {
    expect(numberToHalf(value)).toBe(bits);
  });

  it('takes the nearest half, and the even one of two', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 65_504, noNaN: true }), fc.integer({ min: 0, max: 0x7bfe }), (any, bits) => {
        const middle = (halfToNumber(bits) + halfToNumber(bits + 1)) / 2;
        expect(numberToHalf(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
        const found = numberToHalf(any);
        const distance = Math.abs(halfToNumber(found) - any);
        for (const other of [found - 1, found + 1])
          if (other >= 0 && other < 0x7c00) expect(distance).toBeLessThanOrEqual(Math.abs(halfToNumber(other) - any));
      }),
      { numRuns: 2000 },
    );
  });
});
