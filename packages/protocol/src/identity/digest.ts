import { toHex } from '../bytes/hex.ts';
import { sha256 } from '../bytes/sha256.ts';
import { canonicalBytes } from '../json/canonical-json.ts';

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}` & { readonly __brand: 'Digest' };

const grammar = /^sha256:[0-9a-f]{64}$/;

/** The digest in this text, or null. */
export function parseDigest(text: string): Digest | null {
  return grammar.test(text) ? (text as Digest) : null;
}

/** sha256 of bytes that are at hand. For files use a streaming hash of the platform. */
export function digestBytes(bytes: Uint8Array): Digest {
  return `sha256:${toHex(sha256(bytes))}` as Digest;
}

/** sha256 of a value's canonical JSON: the identity of manifests and statements. */
export function digestJson(value: unknown): Digest {
  return digestBytes(canonicalBytes(value));
}

/** The 64 hex digits of a digest, as receipts, signed requests and file names carry them. */
export function hexOfDigest(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
