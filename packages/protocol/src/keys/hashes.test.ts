import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 as nobleSha256 } from '../bytes/noble-sha256.ts';
import { sha256 as wasmSha256 } from '../bytes/wasm-sha256.ts';
import { keccak256 as nobleKeccak } from './noble-keccak.ts';
import { keccak256 as wasmKeccak } from './wasm-keccak.ts';

test('browsers and Node hash alike, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ size: 'large' }), (bytes) => {
      expect(nobleSha256(bytes)).toEqual(wasmSha256(bytes));
      expect(nobleKeccak(bytes)).toEqual(wasmKeccak(bytes));
    }),
  );
});
