import { sha256 } from '@noble/hashes/sha2.js';
import { getPublicKey, hashes, Point, recoverPublicKey, sign } from '@noble/secp256k1';
import { javascriptCurve } from './javascript-curve.ts';
import { smallHmac } from './small-hmac.ts';

// RFC 6979 needs both; the library comes without hashes.
hashes.sha256 = (message) => sha256(message);
hashes.hmacSha256 = smallHmac;

/** For browsers: 4 kB with gzip where the general curves take 11. Half as fast, which one signature for a call does not feel. */
export const curve = javascriptCurve({ getPublicKey, sign, recoverPublicKey, Point });
