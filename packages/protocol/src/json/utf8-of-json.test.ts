import { expect, test } from 'vitest';
import { utf8OfJson } from './utf8-of-json.ts';

const json = '{"x":["é","日本","😀"]}';
const utf16 = Buffer.from(`\ufeff${json}`, 'utf16le');

test.each([
  ['UTF-8', Buffer.from(json)],
  ['UTF-8 behind a byte order mark', Buffer.from(`\ufeff${json}`)],
  ['UTF-16 as PowerShell writes it', utf16],
  ['UTF-16, the other end first', Buffer.from(utf16).swap16()],
])('JSON is read as %s', (_, bytes) => expect(Buffer.from(utf8OfJson(bytes)).toString()).toBe(json));

test('a large text is the same, whichever characters its blocks are cut at', () => {
  const long = `\ufeff"${'a😀é日'.repeat(40_000)}"`;
  for (const text of [long, ` ${long.slice(1)}`.replace(' ', '\ufeff ')])
    expect(Buffer.from(utf8OfJson(Buffer.from(text, 'utf16le'))).toString()).toBe(text.slice(1));
});

test('what only claims to be UTF-16 is left as it is, and is no JSON', () => {
  for (const bytes of [[0xff, 0xfe, 0x7b], [0xff, 0xfe, 0x00, 0xd8], [0xef, 0xbb], []])
    expect([...utf8OfJson(Uint8Array.from(bytes))]).toEqual(bytes);
});
