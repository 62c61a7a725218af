import type { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Curve } from './curve.ts';

type Library = Pick<typeof secp256k1, 'getPublicKey' | 'sign' | 'recoverPublicKey'> & {
  Point: { fromBytes(bytes: Uint8Array): { toBytes(isCompressed: boolean): Uint8Array } };
};

/** The curve by a library of the noble family: they ask and answer alike. */
export function javascriptCurve({ getPublicKey, sign, recoverPublicKey, Point }: Library): Curve {
  return {
    implementation: 'javascript',
    publicKey: (secret) => getPublicKey(secret, false),
    sign(digest, secret) {
      const bytes = sign(digest, secret, { prehash: false, lowS: true, format: 'recovered' });
      return { signature: bytes.slice(1), recovery: bytes[0] ?? 0 };
    },
    recover(digest, signature, recovery) {
      try {
        const recovered = new Uint8Array(65);
        recovered[0] = recovery;
        recovered.set(signature, 1);
        return Point.fromBytes(recoverPublicKey(recovered, digest, { prehash: false })).toBytes(false);
      } catch {
        return null;
      }
    },
  };
}
