import canonicalize from 'canonicalize';

/**
 * RFC 8785 text of a JSON value: what gets hashed and signed.
 * Throws a TypeError for what JSON cannot say (undefined, NaN, lone surrogates): such a value has no
 * canonical form, and two implementations would sign different bytes for it.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('This value has no JSON form, so it cannot be signed.');
  if (!isWellFormed(text)) throw new TypeError('This text holds a lone surrogate, so it cannot be signed.');
  return text;
}

/** UTF-8 bytes of `canonicalJson(value)`. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const isWellFormed = (text: string) => !loneSurrogate.test(text);
