import type { TSchema } from 'typebox';
import { ownMember } from '../json/own-member.ts';
import { Check } from './check.ts';
import { isRecord, type Rules, rulesOf } from './rules.ts';

/** Where a value does not fit, as a JSON pointer, and what is wrong there. */
export type SchemaProblem = { path: string; message: string };

/** The first thing that keeps a value from fitting its schema, limits before members; null when it fits. */
export function findProblem(schema: TSchema, value: unknown, path = ''): SchemaProblem | null {
  if (Check(schema, value)) return null;
  const rules = rulesOf(schema);
  const message = ownProblem(rules, value);
  if (message !== null) return { path, message };
  return memberProblem(rules, value, path) ?? { path, message: 'does not fit' };
}

function ownProblem(rules: Rules, value: unknown): string | null {
  const fitting = (part: Rules) => Check(part as never, value);
  const { type, minLength, maxLength, pattern, minimum, maximum, minItems, maxItems, maxProperties } = rules;
  if (type !== undefined && !fitting({ type })) return `must be ${type}`;
  if ('const' in rules && value !== rules.const) return 'must be equal to constant';
  if (rules.enum && !rules.enum.includes(value)) return 'must be equal to one of the allowed values';
  if (rules.anyOf && !fitting({ anyOf: rules.anyOf })) return 'must match a schema in anyOf';
  if (minLength !== undefined && !fitting({ minLength })) return `must not have fewer than ${minLength} characters`;
  if (maxLength !== undefined && !fitting({ maxLength })) return `must not have more than ${maxLength} characters`;
  if (pattern !== undefined && !fitting({ pattern })) return `must match pattern "${pattern}"`;
  if (minimum !== undefined && !fitting({ minimum })) return `must be >= ${minimum}`;
  if (maximum !== undefined && !fitting({ maximum })) return `must be <= ${maximum}`;
  if (minItems !== undefined && !fitting({ minItems })) return `must not have fewer than ${minItems} items`;
  if (maxItems !== undefined && !fitting({ maxItems })) return `must not have more than ${maxItems} items`;
  if (maxProperties !== undefined && !fitting({ maxProperties }))
    return `must not have more than ${maxProperties} properties`;
  return isRecord(value) ? nameProblem(rules, value) : null;
}

function nameProblem(rules: Rules, value: Record<string, unknown>): string | null {
  const missing = (rules.required ?? []).filter((name) => !Object.hasOwn(value, name));
  if (missing.length > 0) return `must have required properties ${missing.join(', ')}`;
  const named = [...Object.keys(rules.properties ?? {})];
  const patterns = Object.keys(rules.patternProperties ?? {}).map((pattern) => new RegExp(pattern, 'u'));
  const isKnown = (name: string) => named.includes(name) || patterns.some((pattern) => pattern.test(name));
  if (rules.additionalProperties === false && !Object.keys(value).every(isKnown))
    return 'must not have additional properties';
  return null;
}

function memberProblem({ items, properties, patternProperties }: Rules, value: unknown, path: string) {
  if (items && Array.isArray(value))
    for (const [index, item] of value.entries()) {
      const problem = findProblem(items as TSchema, item, `${path}/${index}`);
      if (problem) return problem;
    }
  if (!isRecord(value)) return null;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const own = properties && ownMember(properties, name);
    const others = Object.entries(patternProperties ?? {}).filter(([pattern]) => new RegExp(pattern, 'u').test(name));
    for (const schema of [...(own ? [own] : []), ...others.map(([, schema]) => schema)]) {
      const problem = findProblem(schema as TSchema, member, `${path}/${escapePointer(name)}`);
      if (problem) return problem;
    }
  }
  return null;
}

/** RFC 6901 */
const escapePointer = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
