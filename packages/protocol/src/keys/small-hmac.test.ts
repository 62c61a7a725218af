import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smallHmac } from './small-hmac.ts';

test('the HMAC of pages is that of Node, for every key of at most a block', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
      expect(Buffer.from(smallHmac(key, message))).toEqual(createHmac('sha256', key).update(message).digest());
    }),
  );
});

test('a longer key is refused', () =>
  expect(() => smallHmac(new Uint8Array(65), new Uint8Array())).toThrow(RangeError));
