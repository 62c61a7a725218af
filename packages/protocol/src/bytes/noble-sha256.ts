import { sha256 as hash } from '@noble/hashes/sha2.js';

/** For browsers: a page that forbids WebAssembly still loads, and no page carries 24 kB of it for the hash of a request. */
export const sha256 = (bytes: Uint8Array): Uint8Array => hash(bytes);
