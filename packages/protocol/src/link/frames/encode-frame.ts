import { endFlag, type FrameType, frameHeadBytes, frameTypes } from './frame.ts';

/** The bytes of one frame; its payload is given in parts so that a body is copied once. */
export function encodeFrame(type: FrameType, stream: number, end: boolean, ...payload: Uint8Array[]): Uint8Array {
  let length = frameHeadBytes;
  for (const part of payload) length += part.length;
  const bytes = new Uint8Array(length);
  bytes[0] = frameTypes[type];
  writeU32(bytes, 1, stream);
  bytes[5] = end ? endFlag : 0;
  let at = frameHeadBytes;
  for (const part of payload) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Four bytes, big-endian. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return bytes;
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
