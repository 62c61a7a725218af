/** Keccak-256 as Ethereum uses it, 32 bytes. Node takes WebAssembly, browsers JavaScript: see the two files behind it. */
export { keccak256 } from '#keccak';
