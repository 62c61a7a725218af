import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import type { Address } from '../../identity/address.ts';
import type { Digest } from '../../identity/digest.ts';
import type { CallEncoding } from '../call-encoding.ts';
import { type LinkCallHead, longestDeadlineMs } from '../link-call.ts';

/** Numbers are part of the protocol. */
const encodings: readonly CallEncoding[] = ['plain', 'oip'];
const takesPieces = 1;
const longestOrigin = 64;
const longestTrace = 80;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The bytes of the head of a CALL: see specs/README.md. Throws a RangeError for what has no place there. */
export function encodeCallHead(head: LinkCallHead): Uint8Array {
  const to = new ByteWriter(256);
  to.u8(encodings.indexOf(head.encoding));
  to.u8(head.pieces === true ? takesPieces : 0);
  to.u32(head.deadlineMs);
  to.hex(head.release.slice('sha256:'.length), 32);
  to.hex(head.caller, 20);
  to.hex(head.request, 32);
  const origin = encoder.encode(head.origin ?? '');
  const trace = encoder.encode(head.traceparent ?? '');
  // A caller's trace is worth no link: what is too long for a node is left out.
  for (const bytes of [origin, trace.length > longestTrace ? new Uint8Array() : trace]) {
    to.u8(bytes.length);
    to.raw(bytes);
  }
  return to.finish();
}

/** Null where the bytes are no head. What stands behind it is of a later version, and nothing to this one. */
export function decodeCallHead(bytes: Uint8Array): LinkCallHead | null {
  const from = new ByteReader(bytes);
  const encoding = encodings[from.u8()];
  const flags = from.u8();
  const deadlineMs = from.u32();
  const release = `sha256:${from.hex(32)}` as Digest;
  const caller = `0x${from.hex(20)}` as Address;
  const request = from.hex(32);
  const origin = readText(from, longestOrigin);
  const traceparent = readText(from, longestTrace);
  if (from.failed || encoding === undefined || (flags & ~takesPieces) !== 0) return null;
  if (deadlineMs < 1 || deadlineMs > longestDeadlineMs || origin === null || traceparent === null) return null;
  return {
    ...{ release, encoding, caller, request, deadlineMs },
    ...(flags === takesPieces ? { pieces: true } : {}),
    ...(origin === '' ? {} : { origin }),
    ...(traceparent === '' ? {} : { traceparent }),
  };
}

function readText(from: ByteReader, longest: number): string | null {
  const length = from.u8();
  if (length === 0) return '';
  if (length > longest) return null;
  try {
    return decoder.decode(from.raw(length));
  } catch {
    return null;
  }
}
