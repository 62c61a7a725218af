import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Curve } from './curve.ts';

/** Pure JavaScript, for browsers and for platforms the native addon ships no binary for. */
export const curve: Curve = {
  implementation: 'javascript',
  publicKey: (secret) => secp256k1.getPublicKey(secret, false),
  sign(digest, secret) {
    const bytes = secp256k1.sign(digest, secret, { prehash: false, lowS: true, format: 'recovered' });
    return { signature: bytes.slice(1), recovery: bytes[0] ?? 0 };
  },
  recover(digest, signature, recovery) {
    try {
      const recovered = new Uint8Array(65);
      recovered[0] = recovery;
      recovered.set(signature, 1);
      const compressed = secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
      return secp256k1.Point.fromBytes(compressed).toBytes(false);
    } catch {
      return null;
    }
  },
};
