import { createSHA256 } from 'hash-wasm';

const hasher = await createSHA256();

/** SHA-256, 32 bytes, in WebAssembly and without waiting: in JavaScript it takes several times as long. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest('binary');
}
