import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeNumber } from '../json/write-number.ts';
import { float32Room, shortestFloat32, writeFloat32 } from './write-float32.ts';

function written(value: number): string {
  const bytes = new Uint8Array(float32Room);
  return new TextDecoder().decode(bytes.subarray(0, writeFloat32(bytes, 0, value)));
}

const digitsOf = (text: string) =>
  text
    .replace(/e.*/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '').length;

describe('writeFloat32', () => {
  it.each([
    [Math.fround(1.1), '1.1'],
    [Math.fround(0.1), '0.1'],
    [-0, '-0'],
    [1, '1'],
    [16_777_216, '16777216'],
    [Math.fround(3.4028234663852886e38), '3.4028235e+38'],
    [Math.fround(1e-45), '1e-45'],
    [Math.fround(1e21), '1e+21'],
    [Math.fround(1.5e20), '1.5e+20'],
    [Math.fround(2 ** 53), '9007199000000000'],
    [Math.fround(9.1e15), '9.1e+15'],
    [-(2 ** 60), '-1.1529215e+18'],
    [Math.fround(0.000001), '0.000001'],
    [Math.fround(1.5e-7), '1.5e-7'],
    [Math.fround(123456.78), '123456.78'],
    [0.5, '0.5'],
    [Number.NaN, '"NaN"'],
    [Number.NEGATIVE_INFINITY, '"-Infinity"'],
  ])('writes %d as %s', (value, text) => {
    expect(written(value)).toBe(text);
  });

  it('reads back as the same float from the fewest digits, for any bits', () => {
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (pattern) => {
        bits[0] = pattern;
        const value = float[0]!;
        if (!Number.isFinite(value)) return;
        const text = written(value);
        expect(Object.is(Math.fround(Number(text)), value)).toBe(true);
        expect(text.length).toBeLessThanOrEqual(float32Room);
        if (value !== 0) expect(digitsOf(text)).toBe(digitsOf(shortestFloat32(Math.abs(value))));
        expect(text).toBe(writeNumber(Number(text)));
      }),
      { numRuns: 20_000 },
    );
  });

  it('heeds that the gap below a power of two is half of the one above', () => {
    for (let exponent = -149; exponent < 128; exponent++)
      expect(Math.fround(Number(written(2 ** exponent))), `2^${exponent}`).toBe(2 ** exponent);
  });
});
