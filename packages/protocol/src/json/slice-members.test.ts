import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sliceMembers } from './slice-members.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (slice: Uint8Array | undefined) => new TextDecoder().decode(slice).trim();

it('keeps every digit of an integer that JSON.parse would round', () => {
  expect(text(sliceMembers(bytes('{"a":[9007199254740993],"b":1}'))?.get('a'))).toBe('[9007199254740993]');
});

it('finds the members of any object', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 2), (value, indent) => {
      const members = sliceMembers(bytes(JSON.stringify(value, null, indent)));
      const parsed = Object.entries(JSON.parse(JSON.stringify(value)));
      expect([...(members ?? [])].map(([key, slice]) => [key, JSON.parse(text(slice))])).toEqual(parsed);
    }),
  );
});

it('is null for what is no object, is cut off, or says one thing twice', () => {
  for (const broken of [
    '',
    '[]',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":"',
    '{"a":1,}',

    '{a:1}',
    '{"a":1,"a":2}',
    '{"a":}',
  ])
    expect(sliceMembers(bytes(broken)), broken).toBeNull();
});
