import { expect, test } from 'vitest';
import { decodeText } from './decode-text.ts';

const written = '{"x":["É"]}';

test.each([
  [
    'Latin-1, whose É became U+FFFD in a verified answer',
    Buffer.from(written, 'latin1'),
    /in\.json is not UTF-8 text\.$/,
  ],
  ['UTF-16 without a mark, of which a zero byte was shown', Buffer.from(written, 'utf16le'), /is not UTF-8 text\.$/],
  ['gzip, of which two invisible characters were shown', new Uint8Array([0x1f, 0x8b, 8]), /compressed by gzip\.$/],
])('a file in %s is refused by what it is', (_, bytes, says) => {
  expect(() => decodeText(bytes, 'The input in.json')).toThrow(says);
});

test('UTF-8 is read as it is', () => {
  expect(decodeText(Buffer.from(written), 'The input')).toBe(written);
});
