import type { TypedStruct } from '../keys/typed-data.ts';

/**
 * A signature over one HTTP request: who asks, for what, with which bytes, once. It replaces accounts and tokens:
 * the key is the identity. A call signed this way is evidence that its caller really made it.
 */
export type SignedRequest = {
  version?: 1;
  method: string;
  /** Path with query, as sent. */
  path: string;
  /** sha256 of the body as sent, 64 hex digits. */
  body: string;
  /** 32 random bytes, 64 hex digits: one request counts once. */
  nonce: string;
  /** Milliseconds since 1970. */
  issuedAt: number;
};

export const requestStruct: TypedStruct = {
  name: 'Request',
  fields: [
    ['method', 'string'],
    ['path', 'string'],
    ['body', 'bytes32'],
    ['nonce', 'bytes32'],
    ['issuedAt', 'uint64'],
  ],
};

/** Header names, lower case as Node and fetch deliver them. */
export const requestHeaders = {
  signer: 'callable-signer',
  nonce: 'callable-nonce',
  issuedAt: 'callable-issued-at',
  signature: 'callable-signature',
  /** These two make it a request of version 2. */
  audience: 'callable-audience',
  terms: 'callable-terms',
} as const;

/**
 * A signed request is accepted this long before and after its time, in milliseconds. One that is dated ahead can
 * come again at the end of the next window, so nonces are kept for two.
 */
export const requestWindowMs = 30_000;

/** The age of a request is that of its headers; its body may take so long after them, in milliseconds. 32 MiB at 1.1 Mbit/s. */
export const requestBodyMs = 240_000;
