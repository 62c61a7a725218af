import { Type as TypeBox } from 'typebox';
import { expect, test } from 'vitest';
import { Type } from './type.ts';

/** The same schemas by either builder. */
const made = (type: typeof Type) => ({
  text: type.String({ pattern: '^a$', maxLength: 3 }),
  plain: type.String(),
  number: type.Number({ minimum: 0 }),
  integer: type.Integer({ maximum: 1 }),
  boolean: type.Boolean(),
  nothing: type.Null(),
  anything: type.Unknown(),
  literals: [type.Literal('a'), type.Literal(1), type.Literal(true)],
  list: type.Array(type.String(), { minItems: 1 }),
  union: type.Union([type.String(), type.Null()], { description: 'either' }),
  record: type.Record(type.String(), type.Unknown()),
  named: type.Record(type.String({ pattern: '^[a-z]+$' }), type.Integer(), {
    maxProperties: 3,
    additionalProperties: false,
  }),
  empty: type.Object({}),
  optional: type.Object({ a: type.Optional(type.Integer()) }),
  object: type.Object(
    { a: type.String(), b: type.Optional(type.Union([type.String(), type.Null()])) },
    { additionalProperties: false },
  ),
  unsafe: type.Unsafe<'a' | 'b'>(type.String({ enum: ['a', 'b'] })),
  optionalUnsafe: type.Object({ a: type.Optional(type.Unsafe<'a'>(type.String({ enum: ['a'] }))) }),
  spread: type.Object({ ...type.Object({ a: type.Optional(type.String()) }).properties, b: type.Null() }),
});

/** With the marks, which JSON does not show. */
function whole(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(whole);
  return Object.getOwnPropertyNames(value)
    .sort()
    .map((name) => [
      name,
      Object.prototype.propertyIsEnumerable.call(value, name),
      whole((value as Record<string, unknown>)[name]),
    ]);
}

const ours = made(Type);
const theirs = made(TypeBox);

test.each(Object.keys(ours) as (keyof typeof ours)[])(
  '%s: the object typebox would make, in its order and with its marks',
  (name) => {
    expect(whole(ours[name])).toEqual(whole(theirs[name]));
    expect(JSON.stringify(ours[name])).toBe(JSON.stringify(theirs[name]));
  },
);
