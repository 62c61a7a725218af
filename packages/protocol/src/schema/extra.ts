import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../bytes/hex.ts';
import { canonicalBytes } from '../json/canonical-json.ts';
import { UnsignableError } from '../json/unsignable-error.ts';
import { type Static, Type } from './type.ts';

/** An open object beside a struct of fixed fields, which signs its hash: members that came after that struct. */
export const Extra = Type.Record(Type.String(), Type.Unknown(), { maxProperties: 64 });
export type Extra = Static<typeof Extra>;

/** Canonical bytes. It travels in headers too, and those of all kinds together have 16 kB in Node. */
export const maxExtraBytes = 2048;

/**
 * sha256 of the canonical JSON of an open object, 64 hex digits: what a struct signs as its `extra`. Null for one that
 * is too large, has no canonical form, or holds `__proto__` at any depth, which would change what it is copied into.
 */
export function hashExtra(extra: Extra): string | null {
  try {
    const bytes = canonicalBytes(extra);
    // Canonical JSON has no blanks, and escapes a quote within a text: only a name can look like this.
    const hasPrototype = new TextDecoder().decode(bytes).includes('"__proto__":');
    return bytes.length > maxExtraBytes || hasPrototype ? null : toHex(sha256(bytes));
  } catch (error) {
    if (error instanceof UnsignableError) return null;
    throw error;
  }
}
