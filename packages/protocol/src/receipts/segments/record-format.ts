/** What a segment begins with: three letters and the version of the format. */
export const segmentMagic: Uint8Array = Uint8Array.of(0x43, 0x52, 0x53, 1);

/** What the first byte of a record says; a bare hash has none of them. */
export const recordFlags = {
  call: 1,
  signed: 2,
  /** The request is of version 2. */
  version2: 4,
  /** It names another audience than the gateway of the batch. */
  audience: 8,
  tokens: 16,
  extra: 32,
  /** Times as they are, where clocks are weeks apart. */
  wide: 64,
  terms: 128,
  /** Added to a difference of times, so that it has no sign. */
  middle: 0x8000_0000,
} as const;

export const fitsDelta = (ms: number): boolean => ms >= -recordFlags.middle && ms < recordFlags.middle;
