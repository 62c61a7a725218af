import { endFlag, type Frame, type FrameType, frameHeadBytes, frameTypes } from './frame.ts';

const typeNames = new Map<number, FrameType>(
  Object.entries(frameTypes).map(([name, number]) => [number, name as FrameType]),
);

/** The frame in these bytes, or null when its head is short or says something this version does not know. */
export function decodeFrame(bytes: Uint8Array): Frame | null {
  if (bytes.length < frameHeadBytes) return null;
  const type = typeNames.get(bytes[0] ?? 0);
  const flags = bytes[5] ?? 0;
  if (!type || (flags & ~endFlag) !== 0) return null;
  return { type, stream: readU32(bytes, 1), end: flags === endFlag, payload: bytes.subarray(frameHeadBytes) };
}

/** Four bytes at `at`, big-endian; the caller knows that they are there. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}
