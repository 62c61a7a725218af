import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkSet } from './chunk-set.ts';

test('a set survives its hex form, whatever is in it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 70 }), fc.array(fc.integer({ min: -3, max: 80 })), (length, indexes) => {
      const set = new ChunkSet(length);
      for (const index of indexes) set.add(index);
      const inside = new Set(indexes.filter((index) => index >= 0 && index < length));
      expect(set.size).toBe(inside.size);
      const read = ChunkSet.parse(set.toHex(), length);
      expect(read?.size).toBe(inside.size);
      for (const index of inside) expect(read?.has(index)).toBe(true);
      for (const index of inside) read?.delete(index);
      expect(read?.size).toBe(0);
    }),
  );
});

test('the first chunk is the lowest bit of the first byte', () => {
  const set = new ChunkSet(10);
  set.add(0);
  set.add(9);
  expect(set.toHex()).toBe('0102');
  expect(ChunkSet.full(10).toHex()).toBe('ff03');
  expect(ChunkSet.full(10).isFull).toBe(true);
});

test('attack: a set that claims chunks beyond the file, or is over another file, is refused', () => {
  expect(ChunkSet.parse('ff07', 10)).toBeNull();
  expect(ChunkSet.parse('ff', 10)).toBeNull();
  expect(ChunkSet.parse('ff0300', 10)).toBeNull();
  expect(ChunkSet.parse('zz03', 10)).toBeNull();
});
