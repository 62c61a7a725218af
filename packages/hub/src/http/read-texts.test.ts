import { Check, Type } from '@callable/protocol/schema';
import { expect, test } from 'vitest';
import { readTexts } from './read-texts.ts';

const schema = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1 })),
  share: Type.Optional(Type.Number()),
  callable: Type.Optional(Type.Boolean()),
  search: Type.Optional(Type.String()),
});

test.each([
  [
    { limit: '20', callable: 'true', search: '20' },
    { limit: 20, callable: true, search: '20' },
  ],
  [
    { callable: 'false', share: '-0.5' },
    { callable: false, share: -0.5 },
  ],
  [{ unknown: '1' }, { unknown: '1' }],
])('%j', (input, expected) => {
  expect(readTexts(schema, input)).toEqual(expected);
  expect(Check(schema, readTexts(schema, input))).toBe(true);
});

test.each([
  { limit: '' },
  { limit: ' 7' },
  { limit: '0x7' },
  { limit: '1e3' },
  { limit: '1.5' },
  { limit: '0' },
  { limit: ['1', '2'] },
  { callable: '1' },
  { callable: 'TRUE' },
])('attack: %j is refused', (input) => {
  expect(Check(schema, readTexts(schema, input))).toBe(false);
});

test('attack: a member named as one of every object is no schema', () => {
  expect(readTexts(schema, JSON.parse('{"__proto__":"1","toString":"2"}'))).toEqual(
    JSON.parse('{"__proto__":"1","toString":"2"}'),
  );
});
