import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOneJsonValue } from './is-one-json-value.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('every JSON object is one, and so is every array', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) =>
      isOneJsonValue(bytes(JSON.stringify(value)), '{'),
    ),
  );
  fc.assert(fc.property(fc.array(fc.jsonValue()), (value) => isOneJsonValue(bytes(JSON.stringify(value)), '[')));
});

test('what passes can be spliced between other members without adding or ending one', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a', '1', '\\"', '"a":1');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = `{${parts.join('')}`;
      if (!isOneJsonValue(bytes(text), '{')) return;
      let parsed: unknown;
      try {
        parsed = JSON.parse(`{"outputs":${text},"last":1}`);
      } catch {
        return;
      }
      expect(Object.keys(parsed as object)).toEqual(['outputs', 'last']);
    }),
    { numRuns: 5_000 },
  );
});

test.each(['', '1', '"a"', '{', '{}{}', '{},"digest":"x","o":{}', '{} ', ' {}', '{"a":"}', '{"a":"\\"}', '[]'])(
  'attack by a node: %j is not one object',
  (text) => {
    expect(isOneJsonValue(bytes(text), '{')).toBe(false);
  },
);

test('strings may hold anything', () => {
  expect(isOneJsonValue(bytes('{"a":"}{\\"\\\\"}'), '{')).toBe(true);
});
