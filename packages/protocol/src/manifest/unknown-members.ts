import { canonicalBytes } from '../json/canonical-json.ts';
import { ownMember } from '../json/own-member.ts';
import type { TSchema } from '../schema/type.ts';
import { likeliest } from './likeliest.ts';
import { shortenText } from './shorten-text.ts';

/** Bounds on what a manifest may hold that this version does not know. A word for each of 256 files fits. */
export const unknownMemberLimits = { count: 512, bytes: 64 * 1024, depth: 16 } as const;

type Member = { path: string; name: string; value: unknown };

/** Why the members of a JSON value that its schema does not name are refused, as one clause, or null. */
export function unknownMembersProblem(schema: TSchema, value: unknown): string | null {
  let count = 0;
  let bytes = 0;
  for (const { path, name, value: member } of unknownMembers(schema, value, '')) {
    const place = `${path}/${shortenText(name)}`;
    if (++count > unknownMemberLimits.count)
      return `more than ${unknownMemberLimits.count} members are unknown to this version: ${place} is one too many`;
    if (!/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(name)) return `${place} is no name for a member`;
    const nested = nestedProblem(member, 1);
    if (nested) return `${place} ${nested}`;
    bytes += name.length + canonicalBytes(member).length;
    if (bytes > unknownMemberLimits.bytes)
      return `the members unknown to this version have more than ${unknownMemberLimits.bytes} bytes, counted up to ${place}`;
  }
  return null;
}

function* unknownMembers(schema: TSchema, value: unknown, path: string): Generator<Member> {
  const { anyOf, properties, items } = schema as { anyOf?: TSchema[]; properties?: Properties; items?: TSchema };
  if (anyOf) return yield* unknownMembers(likeliest(anyOf, value), value, path);
  if (items && Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* unknownMembers(items, item, `${path}/${index}`);
    return;
  }
  if (!properties || typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const known = ownMember(properties, name);
    if (known) yield* unknownMembers(known, member, `${path}/${name}`);
    else yield { path, name, value: member };
  }
}

type Properties = Record<string, TSchema>;

/** Copied member by member, `__proto__` would change what it is put into; deep nesting exhausts whoever walks it. */
function nestedProblem(value: unknown, depth: number): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (depth > unknownMemberLimits.depth) return `is nested deeper than ${unknownMemberLimits.depth} levels`;
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') return 'holds a member named __proto__';
    const problem = nestedProblem(member, depth + 1);
    if (problem) return problem;
  }
  return null;
}
