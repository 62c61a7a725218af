import { ByteWriter } from '../../bytes/byte-writer.ts';
import { sha256 } from '../../bytes/sha256.ts';
import { zeroBytes32 } from '../../bytes/zero-bytes32.ts';
import type { HashBytes } from '../../log/merkle-hash.ts';
import { writeTerms } from '../../requests/write-terms.ts';
import { writeBatch } from '../batches/batch-bytes.ts';
import type { SignedBatch } from '../batches/batch-header.ts';
import type { Receipt3 } from '../batches/receipt-3.ts';
import {
  batchMarks,
  fitsDelta,
  recordFlags as flags,
  noTag,
  type SegmentVersion,
  segmentMagic,
  tagBytes,
} from './record-format.ts';
import type { BatchOfCalls, CallRecord, Segment, SignedCall } from './segment.ts';
import { type ReportSigner, writeReport } from './segment-report.ts';

/** What stands once in a segment and is named by its place: 65,535 of each kind at most. */
type Dictionary<Value> = { place(key: string, value: Value): number; readonly values: Value[] };

/**
 * The bytes of a segment: at most 302 for a call (one that was signed without terms has 302, one without a key 177), and
 * 219 for the header of each batch. Without a signer as gateways wrote it before they signed: version 1, which has no tags.
 * Throws a RangeError where something has no place in the format.
 */
export function encodeSegment(
  { failures, wanted = [], batches }: Segment,
  signer: ReportSigner | null = null,
): Uint8Array {
  const writer = new SegmentWriter(signer ? 2 : 1);
  for (const batch of batches) writer.add(batch);
  return writer.finish({ failures, wanted }, signer);
}

/** A segment that grows batch by batch. */
export class SegmentWriter {
  readonly #version: SegmentVersion;
  readonly #hash: HashBytes;
  #texts = dictionary<string>();
  #tags = dictionary<string>();
  #digests: Uint8Array[] = [];
  #runs = dictionary<Receipt3>();
  #body = new ByteWriter();
  #batches = 0;
  /** Calls, also those of which there is but a hash. */
  calls = 0;

  constructor(version: SegmentVersion, hash: HashBytes = sha256) {
    this.#version = version;
    this.#hash = hash;
  }

  get isEmpty(): boolean {
    return this.#batches === 0;
  }

  /** Throws a RangeError where something has no place in the format, and is then as it was. */
  add({ batch, records }: BatchOfCalls): void {
    if (records.length !== batch.count) throw new RangeError('a batch is reported whole');
    const dictionaries = { texts: this.#texts, runs: this.#runs, tags: this.#version === 1 ? null : this.#tags };
    const before = this.#body.length;
    try {
      if (this.#version === 2) this.#body.u8(batchMarks.here);
      writeBatch(this.#body, batch);
      for (const record of records) writeRecord(this.#body, batch, record, dictionaries);
    } catch (error) {
      this.#body.length = before;
      throw error;
    }
    if (this.#version === 2) this.#digests.push(this.#hash(this.#body.from(before + 1)));
    this.#batches++;
    this.calls += batch.count;
  }

  /** Version 2 has a signer. */
  finish({ failures, wanted = [] }: Omit<Segment, 'batches'>, signer: ReportSigner | null): Uint8Array {
    const head = new ByteWriter();
    head.raw(segmentMagic(this.#version));
    head.u16(this.#texts.values.length);
    for (const text of this.#texts.values) writeText(head, text);
    head.u16(this.#runs.values.length);
    for (const { release, runtime } of this.#runs.values) {
      head.hex(release, 32);
      head.hex(runtime, 32);
    }
    if (this.#version === 2) {
      head.u16(this.#tags.values.length);
      for (const tag of this.#tags.values) head.hex(tag, tagBytes);
    }
    head.u16(failures.length);
    for (const { release, count, lastAt } of failures) {
      head.hex(release.slice('sha256:'.length), 32);
      head.u32(count);
      head.u64(lastAt);
    }
    if (this.#version === 2) {
      head.u16(wanted.length);
      for (const { release, calls, networks, lastAt } of wanted) {
        head.hex(release.slice('sha256:'.length), 32);
        head.u32(calls);
        head.u16(networks);
        head.u64(lastAt);
      }
    }
    head.u32(this.#batches);
    const before = head.finish();
    head.raw(this.#body.finish());
    if (signer) {
      const batches = new ByteWriter(32 * this.#digests.length);
      for (const digest of this.#digests) batches.raw(digest);
      writeReport(head, signer, { head: before, batches: batches.finish() });
    }
    return head.finish();
  }
}

function dictionary<Value>(): Dictionary<Value> {
  const places = new Map<string, number>();
  const values: Value[] = [];
  return {
    values,
    place(key, value) {
      const known = places.get(key);
      if (known !== undefined) return known;
      places.set(key, values.length);
      return values.push(value) - 1;
    },
  };
}

function writeText(to: ByteWriter, text: string): void {
  const bytes = new TextEncoder().encode(text);
  to.u16(bytes.length);
  to.raw(bytes);
}

type Dictionaries = { texts: Dictionary<string>; runs: Dictionary<Receipt3>; tags: Dictionary<string> | null };

function writeRecord(to: ByteWriter, batch: SignedBatch, record: CallRecord, dictionaries: Dictionaries): void {
  if (record.kind === 'hash') {
    to.u8(0);
    to.raw(record.leaf);
    return;
  }
  const { receipt, request } = record;
  const begunBefore = batch.issuedAt - receipt.startedAt;
  const signedAfter = request ? request.issuedAt - receipt.startedAt : 0;
  const isWide = !fitsDelta(begunBefore) || !fitsDelta(signedAfter);
  const hasTokens = receipt.tokensIn > 0 || receipt.tokensOut > 0;
  const hasExtra = receipt.extra !== zeroBytes32;
  to.u8(
    flags.call |
      (isWide ? flags.wide : 0) |
      (hasTokens ? flags.tokens : 0) |
      (hasExtra ? flags.extra : 0) |
      (request ? flagsOf(request, batch) : 0),
  );
  to.u16(dictionaries.runs.place(`${receipt.release}${receipt.runtime}`, receipt));
  if (isWide) to.u64(receipt.startedAt);
  else to.u32(begunBefore + flags.middle);
  to.u32(receipt.finishedAt - receipt.startedAt);
  to.u8(receipt.end);
  to.u8(receipt.auditClass);
  to.u32(receipt.units);
  for (const hash of [receipt.inputs, receipt.outputs, receipt.response, receipt.salt]) to.hex(hash, 32);
  if (hasTokens) {
    to.u32(receipt.tokensIn);
    to.u32(receipt.tokensOut);
  }
  if (hasExtra) to.hex(receipt.extra, 32);
  if (!request) {
    to.hex(receipt.request, 32);
    return;
  }
  to.hex(receipt.caller, 20);
  to.u16(dictionaries.texts.place(`${request.method} ${request.path}`, `${request.method} ${request.path}`));
  to.hex(request.body, 32);
  to.hex(request.nonce, 32);
  if (isWide) to.u64(request.issuedAt);
  else to.u32(signedAfter + flags.middle);
  to.hex(request.signature, 65);
  const { tag } = record;
  if (dictionaries.tags) to.u16(tag === undefined ? noTag : placeOfTag(dictionaries.tags, tag));
  const { audience, terms } = request;
  if (audience !== null && audience !== batch.gateway) to.u16(dictionaries.texts.place(audience, audience));
  const text = terms && writeTerms(terms);
  if (text) to.u16(dictionaries.texts.place(text, text));
}

function placeOfTag(tags: Dictionary<string>, tag: string): number {
  const place = tags.place(tag, tag);
  if (place >= noTag) throw new RangeError('too many tags for one segment');
  return place;
}

const flagsOf = ({ version, audience, terms }: SignedCall, batch: SignedBatch): number =>
  flags.signed |
  (version === 2 ? flags.version2 : 0) |
  (audience !== null && audience !== batch.gateway ? flags.audience : 0) |
  (terms && writeTerms(terms) !== null ? flags.terms : 0);
