/** SHA-256, 32 bytes. Node takes WebAssembly, browsers JavaScript: see the two files behind it. */
export { sha256 } from '#sha256';
