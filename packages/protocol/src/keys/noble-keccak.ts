import { keccak_256 } from '@noble/hashes/sha3.js';

/** For browsers: ten times slower than WebAssembly, which a page that signs a request now and then does not feel. */
export const keccak256 = (bytes: Uint8Array): Uint8Array => keccak_256(bytes);
