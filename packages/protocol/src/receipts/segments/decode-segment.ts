import { ByteReader } from '../../bytes/byte-reader.ts';
import { zeroBytes32 } from '../../bytes/zero-bytes32.ts';
import type { Address } from '../../identity/address.ts';
import type { Digest } from '../../identity/digest.ts';
import { UnsignableError } from '../../json/unsignable-error.ts';
import { readTerms } from '../../requests/read-terms.ts';
import { requestHash } from '../../requests/request-hash.ts';
import { readBatch } from '../batches/batch-bytes.ts';
import type { SignedBatch } from '../batches/batch-header.ts';
import type { Receipt3 } from '../batches/receipt-3.ts';
import { recordFlags as flags, segmentMagic } from './record-format.ts';
import { type BatchOfCalls, type CallRecord, type FailedCalls, type SignedCall, zeroCaller } from './segment.ts';

/** A batch as it stands in a segment, from its first byte on. */
export type FiledBatch = BatchOfCalls & { at: number };
export type DecodedSegment = { failures: FailedCalls[]; batches: FiledBatch[] };

type Words = { texts: string[]; runs: { release: string; runtime: string }[] };

/**
 * What stands in these bytes, or null when they are no segment. No signature and no root is checked: `verifySegment` does.
 * The hash of a signed request is made from what was signed, so a receipt that names another one leads to another root.
 */
export function decodeSegment(bytes: Uint8Array): DecodedSegment | null {
  const from = new ByteReader(bytes);
  const head = readHead(from);
  if (!head) return null;
  const batches = many(from, from.u32(), 250, () => readBatchOfCalls(from, head.words));
  const whole = batches.flatMap((batch) => batch ?? []);
  const isSound = !from.failed && from.left === 0 && whole.length === batches.length;
  return isSound ? { failures: head.failures, batches: whole } : null;
}

/** One batch of a segment, by its place as `walkSegment` says it; null when none can be read there. */
export function decodeBatch(bytes: Uint8Array, at: number): FiledBatch | null {
  const from = new ByteReader(bytes);
  const head = readHead(from);
  if (!head || at < from.at) return null;
  from.at = at;
  const batch = readBatchOfCalls(from, head.words);
  return from.failed ? null : batch;
}

function readHead(from: ByteReader): { words: Words; failures: FailedCalls[] } | null {
  if (!segmentMagic.every((byte) => byte === from.u8())) return null;
  const texts = many(from, from.u16(), 2, readText);
  const runs = many(from, from.u16(), 64, () => ({ release: from.hex(32), runtime: from.hex(32) }));
  const failures = many(from, from.u16(), 44, readFailures);
  return { words: { texts, runs }, failures };
}

/** So many, as far as the bytes can hold them: a count is a stranger's. */
function many<Item>(from: ByteReader, count: number, least: number, read: (from: ByteReader) => Item): Item[] {
  if (count * least > from.left) from.failed = true;
  const items: Item[] = [];
  while (items.length < count && !from.failed) items.push(read(from));
  return items;
}

const decoder = new TextDecoder();

const readText = (from: ByteReader): string => decoder.decode(from.raw(from.u16()));

const readFailures = (from: ByteReader): FailedCalls => ({
  release: `sha256:${from.hex(32)}` as Digest,
  count: from.u32(),
  lastAt: from.u64(),
});

function readBatchOfCalls(from: ByteReader, words: Words): FiledBatch | null {
  const { at } = from;
  const batch = readBatch(from);
  if (!batch) return null;
  const records: CallRecord[] = [];
  while (records.length < batch.count) {
    const record = readRecord(from, words, batch, batch.first + records.length);
    if (!record) return null;
    records.push(record);
  }
  return { at, batch, records };
}

function readRecord(from: ByteReader, words: Words, batch: SignedBatch, seq: number): CallRecord | null {
  const said = from.u8();
  if (said === 0) return from.failed ? null : { kind: 'hash', leaf: from.raw(32) };
  const isSigned = (said & flags.signed) !== 0;
  const isOdd =
    (said & flags.call) === 0 || (!isSigned && (said & (flags.version2 | flags.audience | flags.terms)) !== 0);
  const run = words.runs[from.u16()];
  if (isOdd || !run) return null;
  const isWide = (said & flags.wide) !== 0;
  const startedAt = isWide ? from.u64() : batch.issuedAt - (from.u32() - flags.middle);
  const finishedAt = startedAt + from.u32();
  const [end, auditClass, units] = [from.u8(), from.u8(), from.u32()];
  const [inputs, outputs, response, salt] = [from.hex(32), from.hex(32), from.hex(32), from.hex(32)];
  const hasTokens = (said & flags.tokens) !== 0;
  const [tokensIn, tokensOut] = hasTokens ? [from.u32(), from.u32()] : [0, 0];
  const extra = (said & flags.extra) !== 0 ? from.hex(32) : zeroBytes32;
  const told = { version: 3, seq, ...run, inputs, outputs, response, startedAt, finishedAt, auditClass, end } as const;
  const rest = { units, tokensIn, tokensOut, extra, salt };
  if (startedAt < 0 || finishedAt > 8.64e15) return null;
  if (!isSigned) {
    const receipt: Receipt3 = { ...told, request: from.hex(32), caller: zeroCaller, ...rest };
    return from.failed ? null : { kind: 'call', receipt, request: null };
  }
  const caller = `0x${from.hex(20)}` as Address;
  const request = readRequest(from, words, batch, { said, startedAt, isWide });
  const hash = request && hashOf(request);
  if (!request || !hash || from.failed) return null;
  return { kind: 'call', receipt: { ...told, request: hash, caller, ...rest }, request };
}

function readRequest(
  from: ByteReader,
  { texts }: Words,
  batch: SignedBatch,
  { said, startedAt, isWide }: { said: number; startedAt: number; isWide: boolean },
): SignedCall | null {
  const target = texts[from.u16()];
  const space = target?.indexOf(' ') ?? -1;
  const [body, nonce] = [from.hex(32), from.hex(32)];
  const issuedAt = isWide ? from.u64() : startedAt + (from.u32() - flags.middle);
  const signature = `0x${from.hex(65)}`;
  const version = (said & flags.version2) !== 0 ? 2 : 1;
  const named = (said & flags.audience) !== 0 ? texts[from.u16()] : batch.gateway;
  const terms = (said & flags.terms) !== 0 ? readTerms(texts[from.u16()] ?? '') : null;
  const isOdd = version === 1 && (said & (flags.audience | flags.terms)) !== 0;
  if (target === undefined || space < 1 || named === undefined || isOdd || issuedAt < 0) return null;
  if ((said & flags.terms) !== 0 && !terms) return null;
  const [method, path] = [target.slice(0, space), target.slice(space + 1)];
  return { version, method, path, body, nonce, issuedAt, audience: version === 2 ? named : null, terms, signature };
}

/** The hash that the receipt of a signed call names, or null for what nobody can sign. */
export function hashOf({ version, audience, terms, signature: _of, ...request }: SignedCall): string | null {
  try {
    return version === 1 || audience === null
      ? requestHash(request)
      : requestHash({ ...request, ...terms, version, audience });
  } catch (error) {
    if (error instanceof UnsignableError) return null;
    throw error;
  }
}
