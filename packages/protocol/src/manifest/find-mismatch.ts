import { ownMember } from '../json/own-member.ts';
import { Check } from '../schema/check.ts';
import { findProblem } from '../schema/find-problem.ts';
import type { TSchema } from '../schema/type.ts';
import { likeliest } from './likeliest.ts';
import { shortenText } from './shorten-text.ts';

/**
 * The first place where a JSON value does not fit its schema, as one clause that names it, or null.
 * The library finds all of them, members before limits: half a second for half a megabyte of wrong labels, measured.
 * Here limits come first and the first finding ends the search.
 */
export function findMismatch(schema: TSchema, value: unknown, path = ''): string | null {
  const rules = schema as Rules;
  if (rules.anyOf) return findMismatch(likeliest(rules.anyOf, value), value, path);
  if (rules.properties && isObject(value)) return memberMismatch(rules, rules.properties, value, path);
  if (rules.patternProperties && isObject(value)) return entryMismatch(rules, rules.patternProperties, value, path);
  if (rules.items && Array.isArray(value)) return itemMismatch(rules, rules.items, value, path);
  if (Check(schema, value)) return null;
  return `${path || 'the manifest'} ${leafMessage(schema, rules, value)}`;
}

type Rules = {
  anyOf?: TSchema[];
  properties?: Record<string, TSchema>;
  required?: string[];
  patternProperties?: Record<string, TSchema>;
  maxProperties?: number;
  items?: TSchema;
  minItems?: number;
  maxItems?: number;
  enum?: string[];
  const?: unknown;
  pattern?: string;
  description?: string;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function memberMismatch(
  { required = [] }: Rules,
  properties: Record<string, TSchema>,
  value: Record<string, unknown>,
  path: string,
): string | null {
  for (const [name, schema] of Object.entries(properties)) {
    const member = ownMember(value, name);
    if (member === undefined && !required.includes(name)) continue;
    if (member === undefined) return `${path}/${name} is missing`;
    const mismatch = findMismatch(schema, member, `${path}/${name}`);
    if (mismatch) return mismatch;
  }
  return null;
}

function entryMismatch(
  { maxProperties = Number.POSITIVE_INFINITY }: Rules,
  patterns: Record<string, TSchema>,
  value: Record<string, unknown>,
  path: string,
): string | null {
  const names = Object.keys(value);
  if (names.length > maxProperties) return `${path} has ${names.length} entries, the limit is ${maxProperties}`;
  for (const name of names) {
    const schema = Object.entries(patterns).find(([pattern]) => new RegExp(pattern, 'u').test(name))?.[1];
    if (!schema) return `${path} has the name ${JSON.stringify(shortenText(name))}, which is not allowed`;
    const mismatch = findMismatch(schema, ownMember(value, name), `${path}/${name}`);
    if (mismatch) return mismatch;
  }
  return null;
}

function itemMismatch(
  { minItems = 0, maxItems = Number.POSITIVE_INFINITY }: Rules,
  schema: TSchema,
  items: readonly unknown[],
  path: string,
): string | null {
  if (items.length > maxItems) return `${path} has ${items.length} entries, the limit is ${maxItems}`;
  if (items.length < minItems) return `${path} has ${items.length} entries, at least ${minItems} are needed`;
  for (const [index, item] of items.entries()) {
    const mismatch = findMismatch(schema, item, `${path}/${index}`);
    if (mismatch) return mismatch;
  }
  return null;
}

function leafMessage(schema: TSchema, rules: Rules, value: unknown): string {
  if (rules.const !== undefined) return `must be ${JSON.stringify(rules.const)}`;
  if (rules.enum) return `must be one of ${rules.enum.join(', ')}`;
  // The description stands for the pattern: of what is too long the length is said.
  if (rules.description !== undefined && !Check({ pattern: rules.pattern ?? '' } as never, value))
    return `must be ${rules.description}`;
  return findProblem(schema, value)?.message ?? 'does not fit';
}
