import { ByteReader } from '../../bytes/byte-reader.ts';
import type { Digest } from '../../identity/digest.ts';
import { type SegmentVersion, segmentMagic, segmentVersion, tagBytes, wantedBytes } from './record-format.ts';
import type { FailedCalls, WantedCalls } from './segment.ts';

/** What stands once in a segment and is named by its place: texts, what answered, its hashes at `at`, and tags of networks, in hex. */
export type SegmentWords = {
  version: SegmentVersion;
  texts: string[];
  runs: { at: number; release: string; runtime: string }[];
  tags: string[];
};
export type SegmentHead = {
  words: SegmentWords;
  failures: FailedCalls[];
  wanted: WantedCalls[];
  /** How many batches follow, and where. */
  count: number;
  end: number;
};

/** What stands before the batches of a segment; null when the bytes begin with something else. */
export function readSegmentHead(bytes: Uint8Array): SegmentHead | null {
  const version = segmentVersion(bytes);
  if (version === null) return null;
  const from = new ByteReader(bytes, segmentMagic(version).length);
  const texts = many(from, 2, readText);
  const runs = many(from, 64, () => ({ at: from.at, release: from.hex(32), runtime: from.hex(32) }));
  const tags = version === 1 ? [] : many(from, tagBytes, () => from.hex(tagBytes));
  const failures = many(from, 44, readFailures);
  const wanted = version === 1 ? [] : many(from, wantedBytes, readWanted);
  const count = from.u32();
  return from.failed ? null : { words: { version, texts, runs, tags }, failures, wanted, count, end: from.at };
}

/** As many as are said, as far as the bytes can hold them: a count is a stranger's. */
function many<Item>(from: ByteReader, least: number, read: (from: ByteReader) => Item): Item[] {
  const count = from.u16();
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

const readWanted = (from: ByteReader): WantedCalls => ({
  release: `sha256:${from.hex(32)}` as Digest,
  calls: from.u32(),
  networks: from.u16(),
  lastAt: from.u64(),
});
