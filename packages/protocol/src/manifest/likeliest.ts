import type { TSchema } from '../schema/type.ts';

/** The alternative that knows most of the members: what the writer meant. */
export function likeliest(alternatives: readonly TSchema[], value: unknown): TSchema {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const members = isObject ? new Set(Object.keys(value).slice(0, 100)) : new Set<string>();
  const known = (schema: TSchema) =>
    Object.keys((schema as { properties?: object }).properties ?? {}).filter((name) => members.has(name)).length;
  const fitting = alternatives.filter((schema) => 'properties' in schema === isObject);
  const [first, ...others] = fitting.length > 0 ? fitting : alternatives;
  return others.reduce((best, next) => (known(next) > known(best) ? next : best), first as TSchema);
}
