import type { Static, TSchema } from 'typebox';
import { ownMember } from '../json/own-member.ts';
import { isRecord, type Rules, rulesOf } from './rules.ts';

type Test = (value: unknown) => boolean;

/**
 * Whether a value from a stranger fits a schema. Built of closures on first use and kept: nearly as fast as generated code,
 * and works on pages that forbid `eval`. Throws a TypeError for a schema with a keyword that is not known here.
 */
export function Check<Schema extends TSchema>(schema: Schema, value: unknown): value is Static<Schema> & typeof value {
  return testOf(schema)(value);
}

const tests = new WeakMap<object, Test>();

function testOf(schema: object): Test {
  const known = tests.get(schema);
  if (known) return known;
  const test = all(testsOf(rulesOf(schema)));
  tests.set(schema, test);
  return test;
}

function testsOf(rules: Rules): Test[] {
  const found: Test[] = [];
  const { anyOf, enum: options } = rules;
  if (rules.type !== undefined) found.push(typeTest(rules.type));
  if ('const' in rules) found.push((value) => value === rules.const);
  if (options) found.push((value) => options.includes(value));
  if (anyOf) {
    const alternatives = anyOf.map(testOf);
    found.push((value) => alternatives.some((test) => test(value)));
  }
  const texts = textTests(rules);
  if (texts.length > 0) found.push(where((value) => typeof value === 'string', all(texts)));
  const numbers = numberTests(rules);
  if (numbers.length > 0) found.push(where((value) => typeof value === 'number', all(numbers)));
  const arrays = arrayTests(rules);
  if (arrays.length > 0) found.push(where(Array.isArray, all(arrays)));
  const objects = objectTests(rules);
  if (objects.length > 0) found.push(where(isRecord, all(objects)));
  return found;
}

/** A keyword says something of its own kind of value only; whether there must be one, `type` says. */
const where =
  <Kind>(isKind: (value: unknown) => value is Kind, test: (value: Kind) => boolean): Test =>
  (value) =>
    !isKind(value) || test(value);

function all<Value>(tests: readonly ((value: Value) => boolean)[]): (value: Value) => boolean {
  const [first, second] = tests;
  if (!first) return () => true;
  if (!second) return first;
  return (value) => tests.every((test) => test(value));
}

function typeTest(type: string): Test {
  switch (type) {
    case 'string':
    case 'boolean':
      return (value) => typeof value === type;
    case 'integer':
      return Number.isInteger;
    case 'number':
      return Number.isFinite;
    case 'null':
      return (value) => value === null;
    case 'array':
      return Array.isArray;
    case 'object':
      return isRecord;
    default:
      throw new TypeError(`A schema names the type ${type}, which is not known here.`);
  }
}

function textTests({ minLength, maxLength, pattern }: Rules): ((text: string) => boolean)[] {
  const found: ((text: string) => boolean)[] = [];
  if (minLength !== undefined) found.push((text) => text.length >= 2 * minLength || codePoints(text) >= minLength);
  // Counted only where the answer is open: the text of a stranger may be long.
  if (maxLength !== undefined)
    found.push((text) => text.length <= maxLength || (text.length <= 2 * maxLength && codePoints(text) <= maxLength));
  if (pattern !== undefined) {
    const expression = new RegExp(pattern, 'u');
    found.push((text) => expression.test(text));
  }
  return found;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function numberTests({ minimum, maximum }: Rules): ((value: number) => boolean)[] {
  const found: ((value: number) => boolean)[] = [];
  if (minimum !== undefined) found.push((value) => value >= minimum);
  if (maximum !== undefined) found.push((value) => value <= maximum);
  return found;
}

function arrayTests({ minItems, maxItems, items }: Rules): ((value: unknown[]) => boolean)[] {
  const found: ((value: unknown[]) => boolean)[] = [];
  // Before the items: a list that is too long costs nothing.
  if (minItems !== undefined) found.push(({ length }) => length >= minItems);
  if (maxItems !== undefined) found.push(({ length }) => length <= maxItems);
  if (items) {
    const item = testOf(items);
    found.push((value) => value.every(item));
  }
  return found;
}

function objectTests(rules: Rules): ((value: Record<string, unknown>) => boolean)[] {
  const { required, properties, patternProperties, additionalProperties, maxProperties } = rules;
  const found: ((value: Record<string, unknown>) => boolean)[] = [];
  if (maxProperties !== undefined) found.push((value) => Object.keys(value).length <= maxProperties);
  if (required) found.push((value) => required.every((name) => Object.hasOwn(value, name)));
  const patterns = Object.entries(patternProperties ?? {}).map(
    ([pattern, schema]) => [new RegExp(pattern, 'u'), testOf(schema)] as const,
  );
  if (additionalProperties === false)
    found.push((value) =>
      Object.keys(value).every(
        (name) => (properties && Object.hasOwn(properties, name)) || patterns.some(([pattern]) => pattern.test(name)),
      ),
    );
  const members = Object.entries(properties ?? {}).map(
    ([name, schema]) => [name, testOf(schema), required?.includes(name) ?? false] as const,
  );
  if (members.length > 0)
    found.push((value) =>
      // A member that is undefined counts as absent, as everywhere in JavaScript.
      members.every(([name, test, needed]) => {
        const member = ownMember(value, name);
        return (member === undefined && (!needed || !Object.hasOwn(value, name))) || test(member);
      }),
    );
  if (patterns.length > 0)
    found.push((value) =>
      patterns.every(([pattern, test]) =>
        Object.entries(value).every(([name, member]) => !pattern.test(name) || test(member)),
      ),
    );
  return found;
}
