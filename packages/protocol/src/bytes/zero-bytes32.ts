/** 32 bytes of nothing in hex: what stands where a hash does not apply. */
export const zeroBytes32 = '0'.repeat(64);
