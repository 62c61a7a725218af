import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import vectors from '../../../../specs/vectors/canonical-json.json' with { type: 'json' };
import { canonicalBytes, canonicalJson } from './canonical-json.ts';
import { jsonProblem, maxJsonDepth } from './json-problem.ts';
import { UnsignableError } from './unsignable-error.ts';

const float = (bits: string) => Buffer.from(bits, 'hex').readDoubleBE();
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

test.each(vectors.numbers)('$bits is written as $json', ({ bits, json }) => {
  expect(canonicalJson(float(bits))).toBe(json);
});

test.each(vectors.refusedNumbers)('%s is no JSON number', (bits) => {
  expect(() => canonicalJson(float(bits))).toThrow(UnsignableError);
});

test.each(vectors.texts)('$name', ({ json, canonical }) => {
  expect(canonicalJson(JSON.parse(json))).toBe(canonical);
});

test.each(vectors.refusedTexts)('$name is refused', ({ json }) => {
  expect(() => canonicalJson(JSON.parse(json))).toThrow(UnsignableError);
});

test('any JSON value keeps its meaning, in one spelling whatever the order of its members', () => {
  const shuffled = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(shuffled)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([name, member]) => [name, shuffled(member)]),
          )
        : value;
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      fc.pre(jsonProblem(value) === null);
      const text = canonicalJson(value);
      expect(text).toBe(canonicalJson(shuffled(value)));
      expect(text).toBe(canonicalize(value));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(new TextDecoder('utf-8', { fatal: true }).decode(canonicalBytes(value))).toBe(text);
    }),
  );
});

test('an undefined member counts as absent, as it does on the wire', () => {
  expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
});

test('an own member named __proto__ is hashed like any other', () => {
  expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":2}}'))).toBe('{"__proto__":{"a":2},"b":1}');
});

test('a plain object of another realm and one without prototype are JSON', () => {
  expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
});

const hole = [1, 2, 3];
delete hole[1];
const circle: unknown[] = [];
circle.push(circle);
test.each<[string, unknown]>([
  ['undefined', undefined],
  ['undefined in an array', [undefined]],
  ['a hole in an array', hole],
  ['a function', { a: () => 1 }],
  ['a symbol', { a: Symbol('a') }],
  ['a bigint', { a: 1n }],
  ['an object that says its own JSON', { toJSON: () => 'x' }],
  ['a date', new Date(0)],
  ['a map', new Map([['a', 1]])],
  ['bytes', new Uint8Array(2)],
  ['a boxed text', Object('x')],
  ['a circle', circle],
  ['NaN', Number.NaN],
  ['a lone surrogate', 'a\ud83d'],
  ['a lone surrogate in a name', { '\udc00': 1 }],
  ['surrogates in the wrong order', '\ude00\ud83d'],
])('%s is refused', (_, value) => {
  expect(jsonProblem(value)).not.toBeNull();
  expect(() => canonicalJson(value)).toThrow(UnsignableError);
});

test('nesting is bounded exactly, and far beyond the bound it costs no stack', () => {
  expect(canonicalJson(nested(maxJsonDepth))).toHaveLength(2 * maxJsonDepth);
  expect(jsonProblem(nested(maxJsonDepth + 1))).toContain('nested');
  expect(() => canonicalJson(nested(100_000))).toThrow(UnsignableError);
});
