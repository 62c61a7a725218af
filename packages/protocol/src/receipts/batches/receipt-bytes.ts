import { placeHex, toHex } from '../../bytes/hex.ts';
import { sha256 } from '../../bytes/sha256.ts';
import type { Address } from '../../identity/address.ts';
import { UnsignableError } from '../../json/unsignable-error.ts';
import { hashLeaf, type MerkleHash } from '../../log/merkle-hash.ts';
import type { Receipt3 } from './receipt-3.ts';

/** Numbers big-endian, then the caller and eight hashes: see specs/README.md. */
export const receiptBytes = 312;

const hashes = ['release', 'request', 'inputs', 'outputs', 'response', 'runtime', 'extra', 'salt'] as const;
const callerAt = 36;
const hashesAt = 56;
const u32 = 0xffff_ffff;

/** The bytes whose hash is the leaf of a receipt. Throws an UnsignableError where a value does not fit its place. */
export function encodeReceipt(receipt: Receipt3): Uint8Array {
  const bytes = new Uint8Array(receiptBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, receipt.version);
  view.setUint8(1, whole(receipt.end, 0xff));
  view.setUint8(2, whole(receipt.auditClass, 0xff));
  view.setBigUint64(4, BigInt(whole(receipt.seq, Number.MAX_SAFE_INTEGER)));
  view.setBigUint64(12, BigInt(whole(receipt.startedAt, 8.64e15)));
  view.setUint32(20, whole(receipt.finishedAt - receipt.startedAt, u32));
  view.setUint32(24, whole(receipt.units, u32));
  view.setUint32(28, whole(receipt.tokensIn, u32));
  view.setUint32(32, whole(receipt.tokensOut, u32));
  place(bytes, callerAt, receipt.caller, 20);
  let at = hashesAt;
  for (const name of hashes) {
    place(bytes, at, receipt[name], 32);
    at += 32;
  }
  return bytes;
}

/** A number that does not fit would be cut, and another one signed. */
function whole(value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw new UnsignableError(`A receipt cannot say ${value} there.`);
}

function place(bytes: Uint8Array, at: number, hex: string, length: number): void {
  if (placeHex(hex, bytes, at, length)) return;
  throw new UnsignableError(`A field of a receipt is not ${length} bytes of hex.`);
}

/** The receipt in these bytes, or null when they are none that `encodeReceipt` writes. */
export function decodeReceipt(bytes: Uint8Array): Receipt3 | null {
  if (bytes.length !== receiptBytes || bytes[0] !== 3 || bytes[3] !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const seq = Number(view.getBigUint64(4));
  const startedAt = Number(view.getBigUint64(12));
  const finishedAt = startedAt + view.getUint32(20);
  if (!Number.isSafeInteger(seq) || finishedAt > 8.64e15) return null;
  const hash = (index: number) => toHex(bytes.subarray(hashesAt + 32 * index, hashesAt + 32 * (index + 1)));
  return {
    version: 3,
    seq,
    release: hash(0),
    request: hash(1),
    inputs: hash(2),
    outputs: hash(3),
    response: hash(4),
    caller: `0x${toHex(bytes.subarray(callerAt, callerAt + 20))}` as Address,
    startedAt,
    finishedAt,
    runtime: hash(5),
    auditClass: view.getUint8(2),
    end: view.getUint8(1),
    units: view.getUint32(24),
    tokensIn: view.getUint32(28),
    tokensOut: view.getUint32(32),
    extra: hash(6),
    salt: hash(7),
  };
}

/** The hash of a receipt as a leaf of its batch (RFC 6962); in hex it is its id. */
export const leafOfReceipt = (bytes: Uint8Array): MerkleHash => hashLeaf(bytes, sha256);
