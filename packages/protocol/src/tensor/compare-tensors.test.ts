import { describe, expect, it } from 'vitest';
import { compareTensors } from './compare-tensors.ts';
import { encodeTexts } from './encode-texts.ts';
import type { Tensor } from './tensor.ts';

const floats = (...values: number[]): Tensor => ({
  name: 'y',
  datatype: 'FP32',
  shape: [1, values.length],
  data: new Uint8Array(new Float32Array(values).buffer),
});
const wide = (...values: bigint[]): Tensor => ({
  name: 'n',
  datatype: 'INT64',
  shape: [values.length],
  data: new Uint8Array(new BigInt64Array(values).buffer),
});
const exact = { rtol: 0, atol: 0 };

describe('compareTensors', () => {
  it('allows atol + rtol × |expected| per element', () => {
    expect(compareTensors([floats(100, 0)], [floats(100.9, 0.01)], { rtol: 0.01, atol: 0.02 })).toMatchObject({
      ok: true,
    });
    // A large neighbour must not loosen the tolerance of a small value.
    expect(compareTensors([floats(100, 0)], [floats(100, 0.5)], { rtol: 0.01, atol: 0.02 })).toMatchObject({
      ok: false,
      worst: { name: 'y', index: [0, 1], expected: 0, actual: 0.5, absolute: 0.5 },
      reason: 'The output `y` at [0,1] is 0.5, expected 0.',
    });
  });

  it('takes NaN for NaN and infinities of one sign for equal, and nothing else for them', () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const loose = { rtol: 1, atol: 1e6 };
    expect(compareTensors([floats(...odd)], [floats(...odd)], exact)).toEqual({ ok: true, worst: null, reason: null });
    for (const [e, a] of [
      [odd[0], 1],
      [1, odd[0]],
      [odd[1], 1],
      [1, odd[1]],
      [odd[1], odd[2]],
    ] as [number, number][])
      expect(compareTensors([floats(e)], [floats(a)], loose)).toMatchObject({ ok: false, worst: { absolute: null } });
  });

  it('is exact for integers, whatever the tolerance, to the last digit', () => {
    const verdict = compareTensors([wide(9007199254740993n)], [wide(9007199254740992n)], { rtol: 1, atol: 1 });
    expect(verdict).toMatchObject({ ok: false, worst: { expected: '9007199254740993', actual: '9007199254740992' } });
    expect(compareTensors([wide(5n)], [wide(5n)], exact).ok).toBe(true);
  });

  it('is exact for strings and booleans', () => {
    const text = (value: string): Tensor => ({ name: 's', datatype: 'BYTES', shape: [1], data: encodeTexts([value]) });
    const flag = (value: number): Tensor => ({ name: 'b', datatype: 'BOOL', shape: [1], data: Uint8Array.of(value) });
    expect(compareTensors([text('a'), flag(1)], [flag(1), text('a')], exact).ok).toBe(true);
    expect(compareTensors([text('a')], [text('b')], { rtol: 1, atol: 1 })).toMatchObject({
      ok: false,
      worst: { absolute: null },
    });
    expect(compareTensors([flag(1)], [flag(0)], { rtol: 1, atol: 1 }).ok).toBe(false);
  });

  it('names the worst element also when all are within tolerance', () => {
    expect(compareTensors([floats(1, 1)], [floats(1.25, 1.5)], { rtol: 0, atol: 1 })).toMatchObject({
      ok: true,
      worst: { index: [0, 1], absolute: 0.5 },
    });
  });

  it('tells a missing output, another datatype and another shape apart', () => {
    expect(compareTensors([floats(1)], [], exact).reason).toBe('The output `y` is missing.');
    expect(compareTensors([floats(1)], [{ ...wide(1n), name: 'y' }], exact).reason).toBe(
      'The output `y` is INT64, expected FP32.',
    );
    expect(compareTensors([floats(1)], [floats(1, 1)], exact).reason).toBe(
      'The output `y` has shape [1,2], expected [1,1].',
    );
  });
});
