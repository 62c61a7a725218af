/**
 * Version 2 is signed by its gateway and has a tag of the network beside each signed call. Files of version 1 are beside every log
 * that is older, and are read for ever.
 */
export type SegmentVersion = 1 | 2;

/** What a segment begins with: three letters and the version of the format. */
export const segmentMagic = (version: SegmentVersion): Uint8Array => Uint8Array.of(0x43, 0x52, 0x53, version);

/** The version of the segment in these bytes; null when they begin with something else. */
export function segmentVersion(bytes: Uint8Array): SegmentVersion | null {
  const version = bytes[3];
  const isOne = bytes[0] === 0x43 && bytes[1] === 0x52 && bytes[2] === 0x53;
  return isOne && (version === 1 || version === 2) ? version : null;
}

export const tagBytes = 8;
/** Of one release that was wanted: 32, calls 4, networks 2, last time 8. */
export const wantedBytes = 46;
/** In the place of a tag, where the gateway knows no network. */
export const noTag = 0xffff;

/** Before each batch of version 2: it follows, or the hub left it out and its sha256 follows, so that the rest stays signed. */
export const batchMarks = { leftOut: 0, here: 1 } as const;
export const leftOutBytes = 33;

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
