import { ByteReader } from '../../bytes/byte-reader.ts';
import { toHex } from '../../bytes/hex.ts';
import { zeroBytes32 } from '../../bytes/zero-bytes32.ts';
import type { Address } from '../../identity/address.ts';
import { readTerms } from '../../requests/read-terms.ts';
import { readBatch } from '../batches/batch-bytes.ts';
import type { SignedBatch } from '../batches/batch-header.ts';
import { type HashSignedCall, hashSignedCalls } from './hash-signed-call.ts';
import type { CallView, SignedView } from './record-view.ts';
import {
  type BatchOfCalls,
  type CallRecord,
  type FailedCalls,
  type SignedCall,
  type WantedCalls,
  zeroCaller,
} from './segment.ts';
import { type BatchView, type SegmentView, viewBatchAt, viewSegment } from './view-segment.ts';

/** A batch as it stands in a segment, from its first byte on. */
export type FiledBatch = BatchOfCalls & { at: number };
export type DecodedSegment = { failures: FailedCalls[]; wanted: WantedCalls[]; batches: FiledBatch[] };

/**
 * What stands in these bytes as objects, or null when they are no segment. No signature and no root is checked: `verifyFiledBatches`
 * does. The hash of a signed request is made from what was signed, so a receipt that names another one leads to another root.
 */
export function decodeSegment(bytes: Uint8Array): DecodedSegment | null {
  const segment = viewSegment(bytes);
  const batches = segment && decodeBatches(segment);
  return batches && { failures: segment.failures, wanted: segment.wanted, batches };
}

/** One batch of a segment, by its place as `walkSegment` says it; null when none can be read there. */
export function decodeBatch(bytes: Uint8Array, at: number): FiledBatch | null {
  const segment = viewBatchAt(bytes, at);
  return (segment && decodeBatches(segment)?.[0]) ?? null;
}

/** The signed header of a batch. `viewSegment` has let pass only what can be read. */
export const headerOf = ({ bytes }: SegmentView, { at }: BatchView): SignedBatch =>
  readBatch(new ByteReader(bytes, at)) as SignedBatch;

function decodeBatches(segment: SegmentView): FiledBatch[] | null {
  const hash = hashSignedCalls(segment);
  const batches: FiledBatch[] = [];
  for (const view of segment.batches) {
    const batch = headerOf(segment, view);
    const records: CallRecord[] = [];
    for (const record of view.records) {
      const seq = batch.first + records.length;
      const bare = record.kind === 'hash' ? segment.bytes.subarray(record.at, record.end) : null;
      const read = record.kind === 'hash' ? null : decodeCall(segment, view, record, { batch, seq, hash });
      if (bare) records.push({ kind: 'hash', leaf: bare });
      else if (read) records.push(read);
      else return null;
    }
    batches.push({ at: view.at, batch, records });
  }
  return batches;
}

/** Null for what nobody can sign. */
function decodeCall(
  { bytes, words }: SegmentView,
  view: BatchView,
  call: CallView,
  { batch, seq, hash }: { batch: SignedBatch; seq: number; hash: HashSignedCall },
): CallRecord | null {
  const hex = (at: number, length = 32) => toHex(bytes.subarray(at, at + length));
  const { run, startedAt, finishedAt, auditClass, outcome: end, units, tokensIn, tokensOut, hashes } = call;
  const requestHash = call.signed ? hash(view, call.signed) : bytes.subarray(call.request, call.request + 32);
  if (!requestHash) return null;
  const { release, runtime } = words.runs[run] as SegmentView['words']['runs'][number];
  const receipt = {
    ...{ version: 3 as const, seq, release, runtime, request: toHex(requestHash) },
    ...{ inputs: hex(hashes), outputs: hex(hashes + 32), response: hex(hashes + 64), salt: hex(hashes + 96) },
    ...{ startedAt, finishedAt, auditClass, end, units, tokensIn, tokensOut },
    caller: call.signed ? (`0x${hex(call.signed.caller, 20)}` as Address) : zeroCaller,
    extra: call.extra < 0 ? zeroBytes32 : hex(call.extra),
  };
  if (!call.signed) return { kind: 'call', receipt, request: null };
  const tag = words.tags[call.signed.tag];
  const request = decodeRequest(words.texts, call.signed, batch, hex);
  return { kind: 'call', receipt, request, ...(tag === undefined ? {} : { tag }) };
}

function decodeRequest(
  texts: readonly string[],
  { version, target, audience, terms, hashes, issuedAt, signature }: SignedView,
  { gateway }: SignedBatch,
  hex: (at: number, length?: number) => string,
): SignedCall {
  const text = texts[target] ?? '';
  const space = text.indexOf(' ');
  return {
    ...{ version, method: text.slice(0, space), path: text.slice(space + 1) },
    ...{ body: hex(hashes), nonce: hex(hashes + 32), issuedAt, signature: `0x${hex(signature, 65)}` },
    audience: version === 1 ? null : (texts[audience] ?? gateway),
    terms: terms < 0 ? null : readTerms(texts[terms]),
  };
}
