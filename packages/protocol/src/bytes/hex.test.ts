import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, toHex } from './hex.ts';
import { spellHex } from './plain-hex.ts';

test('every byte string comes back from its hex, with or without prefix and in either case', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const hex = toHex(bytes);
      expect(hex).toBe(Buffer.from(bytes).toString('hex'));
      // As browsers spell it.
      expect(spellHex(bytes)).toBe(hex);
      for (const spelling of [hex, `0x${hex}`, hex.toUpperCase()]) expect(fromHex(spelling)).toEqual(bytes);
    }),
  );
});

test.each(['0', '0x0', 'zz', '0xzz', '00 ', ' 00', '0x0x00', '00\n', '٠٠', '0X00', '-1'])('%j is not hex', (text) => {
  expect(fromHex(text)).toBeNull();
});
