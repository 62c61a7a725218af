import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import type { Digest } from '../identity/digest.ts';
import { readElements } from '../tensor/read-elements.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { classifyAudit } from './audit-class.ts';
import { checkSeed } from './check-seed.ts';
import { deriveInputs } from './derive-inputs.ts';
import { measureSpread } from './measure-spread.ts';
import { seededNumbers } from './seeded-numbers.ts';

const release = `sha256:${'ab'.repeat(32)}` as Digest;
const node = `0x${'cd'.repeat(20)}` as Address;
const seed = checkSeed(release, node, 1);
const bytesOf = (values: Float32Array | BigInt64Array | Int32Array | Uint8Array) =>
  new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
const floats = (name: string, values: number[]): Tensor => ({
  ...{ name, datatype: 'FP32', shape: [values.length] },
  data: bytesOf(Float32Array.from(values)),
});

describe('the seed of a check', () => {
  it('and the numbers from it are those another program computes (Python)', () => {
    expect(toHex(seed)).toBe('eced3b8ba339968cfaeabb37c9e91fa6deab57fe115f1ad60a49e333c4446fdc');
    expect(Array.from({ length: 4 }, seededNumbers(seed, '0/wide/x'))).toEqual([
      2574052349, 2300431168, 2245538179, 3334797737,
    ]);
  });

  it('differs by release, node and epoch', () => {
    const other = [
      checkSeed(`sha256:${'ac'.repeat(32)}` as Digest, node, 1),
      checkSeed(release, `0x${'ce'.repeat(20)}` as Address, 1),
      checkSeed(release, node, 2),
    ];
    expect(new Set([seed, ...other].map(toHex)).size).toBe(4);
  });
});

describe('made-up inputs', () => {
  const example: Tensor[] = [
    floats('image', [0, 255, 3]),
    { name: 'ids', datatype: 'INT64', shape: [4], data: bytesOf(BigInt64Array.of(3n, 5n, 9n, 4n)) },
    { name: 'pixels', datatype: 'UINT8', shape: [64], data: new Uint8Array(64).fill(7) },
    { name: 'flag', datatype: 'BOOL', shape: [8], data: new Uint8Array(8) },
  ];

  it('are the same every time, and others for another index, range or seed', () => {
    const made = deriveInputs(example, seed, 0, 'wide');
    expect(deriveInputs(example, seed, 0, 'wide')).toEqual(made);
    expect(deriveInputs(example, seed, 1, 'wide')).not.toEqual(made);
    expect(deriveInputs(example, seed, 0, 'narrow')).not.toEqual(made);
    expect(deriveInputs(example, checkSeed(release, node, 2), 0, 'wide')).not.toEqual(made);
  });

  it('stay in the range they promise', () => {
    const [image, ids] = deriveInputs(example, seed, 0, 'narrow') as [Tensor, Tensor];
    for (const value of readElements(image) as Float32Array) expect(Math.abs(value)).toBeLessThanOrEqual(255);
    for (const value of readElements(ids) as BigInt64Array) expect(value >= 3n && value <= 9n).toBe(true);
    const [, wide, pixels, flag] = deriveInputs(example, seed, 0, 'wide') as [Tensor, Tensor, Tensor, Tensor];
    for (const value of readElements(wide) as BigInt64Array) expect(value >= 3n && value <= 17n).toBe(true);
    expect(new Set(pixels.data).size).toBeGreaterThan(20);
    expect([...flag.data].every((bit) => bit === 0 || bit === 1)).toBe(true);
  });

  it('fit their datatype at its very ends', () => {
    const ends: Tensor[] = [
      { name: 'a', datatype: 'INT64', shape: [2], data: bytesOf(BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)) },
      { name: 'b', datatype: 'INT32', shape: [1], data: bytesOf(Int32Array.of(2 ** 31 - 1)) },
      { name: 'c', datatype: 'INT32', shape: [0], data: new Uint8Array(0) },
    ];
    for (const range of ['wide', 'narrow'] as const)
      expect(deriveInputs(ends, seed, 0, range).map(({ data }) => data.length)).toEqual([16, 4, 0]);
    const [, b] = deriveInputs(ends, seed, 0, 'wide') as [Tensor, Tensor];
    expect([...(readElements(b) as Int32Array)]).toEqual([2 ** 31 - 1]);
  });
});

describe('the spread of two answers', () => {
  it('is the largest difference as a share of the largest value', () => {
    expect(measureSpread([floats('y', [1, -4])], [floats('y', [1.5, -4])])).toBeCloseTo(0.125);
    expect(measureSpread([floats('y', [0, 0])], [floats('y', [0, -0])])).toBe(0);
    expect(measureSpread([floats('y', [Number.NaN, 1])], [floats('y', [Number.NaN, 1])])).toBe(0);
  });

  it.each<[string, Tensor[]]>([
    ['a missing output', []],
    ['another shape', [floats('y', [1])]],
    ['NaN in another place', [floats('y', [Number.NaN, 2])]],
    ['an infinity that is none', [floats('y', [1, Number.POSITIVE_INFINITY])]],
  ])('has no number for %s', (_, actual) => {
    expect(measureSpread([floats('y', [1, 2])], actual)).toBe(Number.POSITIVE_INFINITY);
  });

  it('knows no small difference of whole numbers', () => {
    const whole = (value: number): Tensor => ({
      ...{ name: 'y', datatype: 'INT32', shape: [1] },
      data: bytesOf(Int32Array.of(value)),
    });
    expect(measureSpread([whole(1_000_000)], [whole(1_000_001)])).toBe(Number.POSITIVE_INFINITY);
    expect(measureSpread([whole(7)], [whole(7)])).toBe(0);
  });
});

describe('the class of a release', () => {
  const good = { reproducible: true, adjudicated: true };

  it('is a tolerance up to a spread of 5e-6, exact bytes beyond', () => {
    expect(classifyAudit({ ...good, spread: 0 })).toEqual({ auditClass: 1, rtolInf: 2e-5 });
    expect(classifyAudit({ ...good, spread: 4e-6 })).toEqual({ auditClass: 1, rtolInf: 10 * 4e-6 });
    expect(classifyAudit({ ...good, spread: 5.1e-6 })).toEqual({ auditClass: 2, rtolInf: null });
    expect(classifyAudit({ ...good, spread: null })).toEqual({ auditClass: 2, rtolInf: null });
  });

  it('is none where answers vary, or nothing was measured', () => {
    expect(classifyAudit({ ...good, reproducible: false, spread: 0 }).auditClass).toBe(0);
    expect(classifyAudit({ reproducible: true, adjudicated: false, spread: null }).auditClass).toBe(0);
  });

  it('never gives a tolerance through which five times the cheapest cheat fits', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (spread) => {
        const { rtolInf } = classifyAudit({ ...good, spread });
        if (rtolInf !== null) expect(5 * rtolInf).toBeLessThan(2.7e-4);
      }),
    );
  });
});
