import { expect, test } from 'vitest';
import fixture from '../../../specs/vectors/segments.json' with { type: 'json' };
import {
  addressOf,
  createPrivateKey,
  decodeSegment,
  encodeSegment,
  keepBatches,
  parsePrivateKey,
  toHex,
  verifyFiledBatches,
  verifySegmentReport,
  viewSegment,
  walkSegment,
} from '../src/index.ts';
import { joinSegments } from '../src/receipts/segments/batch-file.ts';
import { countFile } from '../src/usage/count-file.ts';
import { RequestMemory } from '../src/usage/request-memory.ts';

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const [first, second, filtered] = fixture.segments.map(({ bytes }) => bytesOf(bytes)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const view = (bytes: Uint8Array) => viewSegment(bytes) as NonNullable<ReturnType<typeof viewSegment>>;

test.each(fixture.segments)('$name: read as it always was, every signature in it holds, and it counts alike', (one) => {
  const segment = view(bytesOf(one.bytes));
  expect(verifyFiledBatches(segment, { every: true }).map((verdict) => verdict?.ok)).toEqual(
    one.batches.map(() => true),
  );
  const decoded = decodeSegment(segment.bytes)?.batches.map(({ batch, records }) => ({
    batch,
    records: records.map((record) => (record.kind === 'hash' ? { kind: 'hash', leaf: toHex(record.leaf) } : record)),
  }));
  expect(decoded).toEqual(one.batches);
  expect(walkSegment(segment.bytes)?.map(({ at }) => at)).toEqual(segment.batches.map(({ at }) => at));
  expect(segment.wanted).toEqual(one.wanted);
  expect(segment.report).toEqual(one.report);
  expect(verifySegmentReport(segment)).toBe(one.report !== null);
  expect(countFile(joinSegments([segment.bytes]), fixture.filedAt, new RequestMemory())).toEqual(one.counted);
});

test('attack: a hub that alters a tag or a count of failures breaks the signature of the gateway, wherever it puts its finger', () => {
  for (const bytes of [second, filtered])
    for (let at = 0; at < bytes.length; at++) {
      const altered = Uint8Array.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 0x41;
      const segment = viewSegment(altered);
      if (segment) expect(verifySegmentReport(segment), `byte ${at}`).toBe(false);
    }
});

test('a hub leaves batches out, and what is left is still what the gateway signed', () => {
  const segment = view(second);
  const last = segment.batches[1] as { at: number };
  expect(keepBatches(segment, new Set([last.at]))).toEqual(filtered);
  const none = keepBatches(view(filtered), new Set());
  expect([verifySegmentReport(view(none)), view(none).batches]).toEqual([true, []]);
  expect(view(none).failures).toEqual(segment.failures);
  const older = view(keepBatches(view(first), new Set([view(first).batches[1]?.at as number])));
  expect([older.batches.length, verifyFiledBatches(older)[0]?.ok]).toEqual([1, true]);
});

test('attack: bytes of a signed segment that were cut are none', () => {
  for (const bytes of [second, filtered])
    for (let length = 0; length < bytes.length; length++) {
      expect(viewSegment(bytes.subarray(0, length))).toBeNull();
      expect(walkSegment(bytes.subarray(0, length))).toBeNull();
    }
});

test('a signed call takes two bytes more where its gateway says a tag, and 302 in all', () => {
  const key = parsePrivateKey('01'.repeat(32)) ?? createPrivateKey(() => new Uint8Array(32));
  const { failures, batches } = decodeSegment(second) as NonNullable<ReturnType<typeof decodeSegment>>;
  const signer = { key, issuedAt: 7 };
  const lengths = [encodeSegment({ failures, batches }), encodeSegment({ failures, batches }, signer)].map(
    ({ length }) => length,
  );
  const [signed, tags] = [5, 2];
  expect((lengths[1] ?? 0) - (lengths[0] ?? 0)).toBe(2 * signed + 2 + 8 * tags + 2 + batches.length + 93);
  expect(view(encodeSegment({ failures, batches }, signer)).report?.gateway).toBe(addressOf(key));
});
