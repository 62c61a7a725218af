/// <reference path="./secp256k1-bindings.d.ts" />
import type secp256k1 from 'secp256k1';
import type { Curve } from './curve.ts';

/**
 * The package's own entry falls back to `elliptic` without a word where it ships no binary (linux-arm64 among
 * them): 44 times slower to verify. So its binding is asked for by name, and its absence is said loudly.
 */
const binding: typeof secp256k1 | null = await import('secp256k1/bindings.js').then(
  (module: { default: typeof secp256k1 }) => module.default,
  () => null,
);

if (!binding) {
  process.emitWarning(
    `No native secp256k1 for ${process.platform}-${process.arch}: signatures are made in JavaScript, about 30 times slower. ` +
      'Build it with `npm rebuild secp256k1 --ignore-scripts=false` (needs a C compiler).',
    { type: 'CallableWarning', code: 'SLOW_SIGNATURES' },
  );
}

function nativeCurve(native: typeof secp256k1): Curve {
  return {
    implementation: 'native',
    publicKey: (secret) => native.publicKeyCreate(secret, false),
    sign(digest, secret) {
      const { signature, recid } = native.ecdsaSign(digest, secret);
      return { signature, recovery: recid };
    },
    recover(digest, signature, recovery) {
      try {
        return native.ecdsaRecover(signature, recovery, digest, false);
      } catch {
        return null;
      }
    },
  };
}

export const curve: Curve = binding ? nativeCurve(binding) : (await import('./noble-curve.ts')).curve;
