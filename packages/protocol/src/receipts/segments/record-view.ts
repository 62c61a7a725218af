import { recordFlags as flags, noTag, type SegmentVersion } from './record-format.ts';
import type { SegmentWords } from './segment-words.ts';

/** A bare hash: where it stands. */
export type HashView = { kind: 'hash'; at: number; end: number };

/**
 * A call as it stands in a segment: its numbers, and where its hashes are. Nothing is copied and nothing becomes text: of
 * what a call cost its hub to take in, most was hex.
 */
export type CallView = {
  kind: 'call';
  end: number;
  /** Place of release and runtime among the words of the segment. */
  run: number;
  startedAt: number;
  finishedAt: number;
  outcome: number;
  auditClass: number;
  units: number;
  tokensIn: number;
  tokensOut: number;
  /** Inputs, outputs, response and salt, 32 bytes each. */
  hashes: number;
  /** -1: zeros. */
  extra: number;
  /** The hash of the request of a call without a key. */
  request: number;
  /** What a caller signed; null without a key. */
  signed: SignedView | null;
};

export type SignedView = {
  caller: number;
  version: 1 | 2;
  /** Places among the texts: method and path, and what is said for whom and on which terms, or -1. */
  target: number;
  audience: number;
  terms: number;
  /** Body and nonce, 32 bytes each. */
  hashes: number;
  issuedAt: number;
  signature: number;
  /** Place among the tags of networks, or -1. */
  tag: number;
};

export type RecordView = HashView | CallView;

/** What a record with this first byte takes; a bare hash has none of the flags. */
export function recordBytes(said: number, version: SegmentVersion): number {
  if (said === 0) return 33;
  const has = (flag: number) => (said & flag) !== 0;
  const time = has(flags.wide) ? 8 : 4;
  const told = 1 + 2 + time + 4 + 1 + 1 + 4 + 4 * 32 + (has(flags.tokens) ? 8 : 0) + (has(flags.extra) ? 32 : 0);
  if (!has(flags.signed)) return told + 32;
  return (
    told + 20 + 2 + 64 + time + 65 + 2 * (version - 1) + (has(flags.audience) ? 2 : 0) + (has(flags.terms) ? 2 : 0)
  );
}

const latest = 8.64e15;

/** The record at this place of a segment, in a batch that was signed then; null where no record can stand so. */
export function viewRecord(data: DataView, at: number, signedAt: number, words: SegmentWords): RecordView | null {
  if (at >= data.byteLength) return null;
  const said = data.getUint8(at);
  const end = at + recordBytes(said, words.version);
  if (end > data.byteLength) return null;
  if (said === 0) return { kind: 'hash', at: at + 1, end };
  const isSigned = (said & flags.signed) !== 0;
  if ((said & flags.call) === 0) return null;
  if (!isSigned && (said & (flags.version2 | flags.audience | flags.terms)) !== 0) return null;
  const run = data.getUint16(at + 1);
  if (run >= words.runs.length) return null;
  const isWide = (said & flags.wide) !== 0;
  let next = at + 3;
  const startedAt = isWide ? readTime(data, next) : signedAt - (data.getUint32(next) - flags.middle);
  next += isWide ? 8 : 4;
  const finishedAt = startedAt + data.getUint32(next);
  if (!(startedAt >= 0 && finishedAt <= latest)) return null;
  const numbers = next + 4;
  const hashes = numbers + 6;
  next = hashes + 128;
  const tokens = (said & flags.tokens) !== 0 ? next : -1;
  if (tokens >= 0) next += 8;
  const extra = (said & flags.extra) !== 0 ? next : -1;
  if (extra >= 0) next += 32;
  const signed = isSigned ? viewSigned(data, next, { said, startedAt, isWide }, words) : null;
  if (isSigned && !signed) return null;
  return {
    kind: 'call',
    end,
    run,
    startedAt,
    finishedAt,
    outcome: data.getUint8(numbers),
    auditClass: data.getUint8(numbers + 1),
    units: data.getUint32(numbers + 2),
    tokensIn: tokens < 0 ? 0 : data.getUint32(tokens),
    tokensOut: tokens < 0 ? 0 : data.getUint32(tokens + 4),
    hashes,
    extra,
    request: next,
    signed,
  };
}

function viewSigned(
  data: DataView,
  caller: number,
  { said, startedAt, isWide }: { said: number; startedAt: number; isWide: boolean },
  { texts, tags, version: format }: SegmentWords,
): SignedView | null {
  const target = data.getUint16(caller + 20);
  const hashes = caller + 22;
  const time = hashes + 64;
  const issuedAt = isWide ? readTime(data, time) : startedAt + (data.getUint32(time) - flags.middle);
  const signature = time + (isWide ? 8 : 4);
  let next = signature + 65;
  const tag = format === 1 ? noTag : data.getUint16(next);
  if (format === 2) next += 2;
  const version = (said & flags.version2) !== 0 ? 2 : 1;
  const audience = (said & flags.audience) !== 0 ? data.getUint16(next) : -1;
  if (audience >= 0) next += 2;
  const terms = (said & flags.terms) !== 0 ? data.getUint16(next) : -1;
  const isOdd = version === 1 && (audience >= 0 || terms >= 0);
  if (isOdd || !(issuedAt >= 0) || target >= texts.length) return null;
  if (tag !== noTag && tag >= tags.length) return null;
  if (audience >= texts.length || terms >= texts.length) return null;
  // The method, a space, the path.
  if ((texts[target]?.indexOf(' ') ?? -1) < 1) return null;
  return { caller, version, target, audience, terms, hashes, issuedAt, signature, tag: tag === noTag ? -1 : tag };
}

/** NaN where a double cannot hold it: no comparison lets it pass. */
function readTime(data: DataView, at: number): number {
  const value = data.getUint32(at) * 2 ** 32 + data.getUint32(at + 4);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}
