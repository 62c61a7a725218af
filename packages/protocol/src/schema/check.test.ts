import fc from 'fast-check';
import { Check as TypeBoxCheck } from 'typebox/value';
import { expect, test } from 'vitest';
import * as protocol from '../index.ts';
import { Check } from './check.ts';
import { findProblem } from './find-problem.ts';
import { Type } from './type.ts';

type Schema = Parameters<typeof Check>[0];
const named = Object.entries<unknown>({ ...protocol, ...protocol.statementKinds }).filter(
  (entry): entry is [string, Schema & object] =>
    typeof entry[1] === 'object' && entry[1] !== null && '~kind' in entry[1],
);
const schemas = [...new Map(named.map(([name, schema]) => [schema, name]))].map(
  ([schema, name]) => [name, schema] as const,
);

test('all schemas of the protocol are looked at', () => {
  expect(schemas.length).toBeGreaterThan(50);
});

test.each(schemas)('%s: what fits and what does not is what JSON Schema and typebox say', (_, schema) => {
  fc.assert(
    fc.property(fc.oneof(fitting(schema).chain(damaged), anyJson), (value) => {
      const fits = TypeBoxCheck(schema, value);
      expect(Check(schema, value)).toBe(fits);
      expect(findProblem(schema, value) === null).toBe(fits);
    }),
    { numRuns: 25 },
  );
});

test('most of what is made to fit does fit, so that both answers are compared', () => {
  for (const [name, schema] of schemas)
    expect([name, fc.sample(fitting(schema), { numRuns: 20, seed: 1 }).some((value) => Check(schema, value))]).toEqual([
      name,
      true,
    ]);
});

const text = (count: number) => '\u{1F600}'.repeat(count);
test.each<[string, Schema, unknown, boolean]>([
  ['a character outside the first plane counts once', Type.String({ maxLength: 3 }), text(3), true],
  ['… and four are too many', Type.String({ maxLength: 3 }), text(4), false],
  ['… also where a text is too short', Type.String({ minLength: 3 }), text(2), false],
  ['a pattern sees whole characters', Type.String({ pattern: '^.$' }), text(1), true],
  ['a number that is none', Type.Number(), Number.NaN, false],
  ['a number without end', Type.Number(), Number.POSITIVE_INFINITY, false],
  ['a whole number written as a fraction', Type.Integer(), 1.0, true],
  ['a list where an object belongs', Type.Object({}), [], false],
  ['null where an object belongs', Type.Object({}), null, false],
  ['an optional member that is undefined', Type.Object({ a: Type.Optional(Type.String()) }), { a: undefined }, true],
  ['a needed member that is undefined', Type.Object({ a: Type.String() }), { a: undefined }, false],
  ['attack: a member of every object is no member', Type.Object({ toString: Type.Unknown() }), {}, false],
  [
    'attack: __proto__ as a member',
    Type.Object({}, { additionalProperties: false }),
    JSON.parse('{"__proto__":1}'),
    false,
  ],
  [
    'attack: a name that is beyond the pattern',
    Type.Record(Type.String({ pattern: '^a$' }), Type.Unknown(), { additionalProperties: false }),
    { b: 1 },
    false,
  ],
])('%s', (_, schema, value, expected) => {
  expect(Check(schema, value)).toBe(expected);
  expect(findProblem(schema, value) === null).toBe(expected);
});

test('a keyword that nobody checks is refused, and not passed over', () => {
  expect(() => Check(Type.String({ format: 'email' }), 'a')).toThrow(TypeError);
  expect(() => Check({ type: 'strnig' } as never, 'a')).toThrow(TypeError);
});

test('a problem names its place', () => {
  const schema = Type.Object({ list: Type.Array(Type.Object({ 'a/b': Type.Integer({ minimum: 1 }) })) });
  expect(findProblem(schema, { list: [{ 'a/b': 1 }, { 'a/b': 0 }] })).toEqual({
    path: '/list/1/a~1b',
    message: 'must be >= 1',
  });
});

/** Values that mostly fit. */
function fitting(schema: object): fc.Arbitrary<unknown> {
  const rules = schema as Record<string, never>;
  if ('const' in rules) return fc.constant(rules['const']);
  if (rules['enum']) return fc.constantFrom(...(rules['enum'] as unknown[]));
  if (rules['anyOf']) return fc.oneof(...(rules['anyOf'] as object[]).map(fitting));
  const { minimum = -(2 ** 31), maximum = 2 ** 53, minLength = 0, maxLength = 40, minItems = 0, maxItems = 3 } = rules;
  switch (rules['type'] as string | undefined) {
    case 'string':
      return rules['pattern']
        ? matching(rules['pattern'])
        : fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40), unit: 'binary' });
    case 'integer':
      return fc.constantFrom(minimum, maximum, Math.ceil((minimum + maximum) / 2));
    case 'number':
      return fc.constantFrom(minimum, maximum, (minimum + maximum) / 2);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fitting(rules['items'] as never), {
        minLength: minItems,
        maxLength: Math.min(maxItems, minItems + 3),
      });
    case 'object': {
      const properties = Object.entries((rules['properties'] ?? {}) as Record<string, object>);
      const [pattern] = Object.entries((rules['patternProperties'] ?? {}) as Record<string, object>);
      const members = fc.record(Object.fromEntries(properties.map(([name, member]) => [name, fitting(member)])), {
        requiredKeys: (rules['required'] ?? []) as string[],
      });
      if (!pattern) return members;
      const entries = fc.dictionary(matching(pattern[0]), fitting(pattern[1]), {
        maxKeys: 3,
      });
      return fc.tuple(members, entries).map(([a, b]) => ({ ...b, ...(a as object) }));
    }
    default:
      return anyJson;
  }
}

/** Texts for a pattern. Hashes come from a short list: made digit by digit they take most of the time. */
function matching(pattern: string): fc.Arbitrary<string> {
  const [, prefix, digits] = /^\^((?:sha256:|0x)?)\[0-9a-f\]\{(\d+)\}\$$/.exec(pattern) ?? [];
  if (digits) return fc.constantFrom(...'07af').map((digit) => prefix + digit.repeat(Number(digits)));
  // fast-check makes no texts for a look-ahead; these are names and versions.
  if (pattern.includes('(?'))
    return fc.constantFrom('a', 'iris', '1.2.3', '1.0.0-rc.1', '__proto__', 'CON', '-', '01.1.1');
  return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' });
}

// Made once: a generator of any JSON is a dozen generators, and each place of each value would make them anew.
const anyJson = fc.jsonValue();
const other = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('', 0, -1, 0.5, null, [], {}, 'A', 1e300));

/** The value as it is, or with one place of it lost, added or exchanged. */
function damaged(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, other);
  const names = Object.keys(value);
  const inside =
    names.length === 0
      ? fc.constant(value)
      : fc.constantFrom(...names).chain((name) => {
          const member = (value as Record<string, unknown>)[name];
          const put = (next: unknown) =>
            Array.isArray(value)
              ? value.map((item, index) => (String(index) === name ? next : item))
              : { ...value, [name]: next };
          const rest = Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
          return fc.oneof(
            damaged(member).map(put),
            other.map(put),
            fc.constant(Array.isArray(value) ? value.slice(1) : rest),
          );
        });
  return fc.oneof(
    fc.constant(value),
    inside,
    Array.isArray(value) ? fc.constant([...value, 1]) : fc.constant({ ...value, more: 1 }),
  );
}
