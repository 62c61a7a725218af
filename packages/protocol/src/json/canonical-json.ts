import canonicalize from 'canonicalize';
import { jsonProblem } from './json-problem.ts';
import { UnsignableError } from './unsignable-error.ts';

/**
 * RFC 8785 text of a JSON value: what gets hashed and signed.
 * Throws an UnsignableError for a value without a canonical form (see `jsonProblem`): two implementations would
 * sign different bytes for it.
 */
export function canonicalJson(value: unknown): string {
  // Before, not after: the library escapes lone surrogates, prints functions as `undefined` and recurses without end.
  const problem = jsonProblem(value);
  const text = problem === null ? canonicalize(value) : undefined;
  if (text === undefined) throw new UnsignableError(`This value cannot be signed: ${problem}.`);
  return text;
}

/** UTF-8 bytes of `canonicalJson(value)`. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}
