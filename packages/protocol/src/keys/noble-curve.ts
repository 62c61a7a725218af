import { secp256k1 } from '@noble/curves/secp256k1.js';
import { javascriptCurve } from './javascript-curve.ts';

/** Pure JavaScript, for platforms the native addon ships no binary for. */
export const curve = javascriptCurve(secp256k1);
