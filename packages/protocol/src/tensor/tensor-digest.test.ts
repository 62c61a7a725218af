import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Tensor } from './tensor.ts';
import { tensorDigest } from './tensor-digest.ts';

const salt = new Uint8Array(32).fill(7);
function digest(tensors: Tensor[], salted = salt): string {
  const hash = createHash('sha256');
  tensorDigest(tensors, salted, hash);
  return hash.digest('hex');
}
const floats = (name: string, ...bits: number[]): Tensor => ({
  name,
  datatype: 'FP32',
  shape: [bits.length],
  data: new Uint8Array(new Uint32Array(bits).buffer),
});

describe('tensorDigest', () => {
  it('hashes exactly the bytes of its definition', () => {
    const written = Buffer.concat([
      Buffer.from('tensors/v1\0'),
      salt,
      Buffer.from([1, 0, 0, 0]),
      Buffer.from([2, 0]),
      Buffer.from('é'),
      Buffer.from([1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0x80]),
    ]);
    expect(digest([floats('é', 0x3f800000, 0x80000000)])).toBe(createHash('sha256').update(written).digest('hex'));
  });

  it('does not depend on the order of tensors, but on everything else', () => {
    const [a, b] = [floats('a', 1), floats('b', 2)];
    expect(digest([a, b])).toBe(digest([b, a]));
    // By UTF-8, not by UTF-16 units.
    expect(digest([floats('\u{1F600}', 1), floats('\uFF5E', 2)])).toBe(
      digest([floats('\uFF5E', 2), floats('\u{1F600}', 1)]),
    );
    const others = [
      [a],
      [floats('a', 2), b],
      [floats('c', 1), b],
      [{ ...a, shape: [1, 1] }, b],
      [{ ...a, datatype: 'INT32' as const }, b],
    ];
    const all = new Set(others.map((tensors) => digest(tensors)));
    all.add(digest([a, b])).add(digest([a, b], new Uint8Array(32)));
    expect(all.size).toBe(others.length + 2);
  });

  it('counts every NaN as one, and keeps -0 and infinities', () => {
    const nan = digest([floats('a', 0, 0x7fc00000)]);
    for (const bits of [0xffc00000, 0x7f800001, 0xffffffff]) expect(digest([floats('a', 0, bits)])).toBe(nan);
    const kinds = [0x80000000, 0, 0x7f800000, 0xff800000, 0x7fc00000].map((bits) => digest([floats('a', bits)]));
    expect(new Set(kinds).size).toBe(5);
    const half = (bits: number): Tensor => ({
      name: 'h',
      datatype: 'FP16',
      shape: [1],
      data: new Uint8Array(new Uint16Array([bits]).buffer),
    });
    expect(digest([half(0xfe01)])).toBe(digest([half(0x7e00)]));
    expect(digest([half(0x7c00)])).not.toBe(digest([half(0x7e00)]));
    const double = (bits: bigint): Tensor => ({
      name: 'd',
      datatype: 'FP64',
      shape: [1],
      data: new Uint8Array(new BigUint64Array([bits]).buffer),
    });
    expect(digest([double(0x7ff0000000000001n)])).toBe(digest([double(0x7ff8000000000000n)]));
    expect(digest([double(0x7ff0000000000000n)])).not.toBe(digest([double(0x7ff8000000000000n)]));
  });

  it('reads data at any offset and leaves it as it was', () => {
    const moved = new Uint8Array(9).subarray(1);
    moved.set(floats('a', 0xffc00000, 1).data);
    const before = moved.slice();
    expect(digest([{ ...floats('a', 0, 0), data: moved }])).toBe(digest([floats('a', 0x7fc00000, 1)]));
    expect(moved).toEqual(before);
  });

  it('refuses a salt of another size', () => {
    expect(() => digest([], new Uint8Array(16))).toThrow(RangeError);
  });
});
