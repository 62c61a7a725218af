import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../bytes-source.ts';
import { inspectModel } from '../inspect/inspect-model.ts';
import { decodeMessage } from './decode-message.ts';
import { bytesField, integerField, joined, textField, varint } from './encode-field.ts';
import { emptyRun, entered, fields, type Payload, type Run } from './message-fields.ts';

type Sample = { texts: string[]; integers: number[]; run: Run; blob: Payload | null };
const sampleFields = fields<Sample>('Sample', {
  1: { kind: 'text', once: false, set: (sample, value) => sample.texts.push(value) },
  2: { kind: 'integer', once: false, set: (sample, value) => sample.integers.push(value) },
  3: { kind: 'run', width: 'varint', run: (sample) => sample.run },
  4: {
    kind: 'blob',
    once: true,
    set: (sample, blob) => {
      sample.blob = blob;
    },
  },
});

async function decode(bytes: Uint8Array): Promise<Sample> {
  const sample: Sample = { texts: [], integers: [], run: emptyRun(), blob: null };
  const failure = await decodeMessage(bytesSource(bytes), entered(sampleFields, sample), { onUnknown: () => {} });
  if (failure) throw new Error(`${failure.kind} at ${failure.offset}: ${failure.message}`);
  return sample;
}

describe('decodeMessage', () => {
  it('reads 64-bit integers exactly, and saturates where numbers cannot follow', async () => {
    const values = [
      0n,
      127n,
      128n,
      2n ** 49n,
      2n ** 53n - 1n,
      -1n,
      -(2n ** 53n) + 1n,
      2n ** 53n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ];
    const { integers } = await decode(joined(values.map((value) => integerField(2, value))));
    expect(integers).toEqual([
      0,
      127,
      128,
      2 ** 49,
      2 ** 53 - 1,
      -1,
      -(2 ** 53) + 1,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it('reads the same wherever the window happens to end', async () => {
    // Every alignment of short and long fields against the 64 KiB window.
    for (let padding = 65_400; padding < 65_560; padding += 1) {
      const numbers = Array.from({ length: 40 }, (_, index) => index * 1000);
      const { texts, run, blob, integers } = await decode(
        joined([
          bytesField(9, new Uint8Array(padding)),
          textField(1, 'a name of some length, with ümläuts'),
          bytesField(
            3,
            numbers.map((number) => varint(number)),
          ),
          bytesField(4, Uint8Array.of(1, 2, 3)),
          integerField(2, -5),
        ]),
      );
      expect(texts).toEqual(['a name of some length, with ümläuts']);
      expect(run).toEqual({ count: 40, least: 40, values: numbers });
      expect(blob).toMatchObject({ length: 3, bytes: Uint8Array.of(1, 2, 3) });
      expect(integers).toEqual([-5]);
    }
  });

  it('counts long packed runs across windows, and refuses one that ends in the middle of a number', async () => {
    const many = joined(Array.from({ length: 50_000 }, () => varint(300)));
    expect((await decode(bytesField(3, many))).run).toMatchObject({ count: 50_000, least: 50_000 });
    const broken = many.slice();
    broken[broken.length - 1] = 0x80;
    await expect(decode(bytesField(3, broken))).rejects.toThrow('malformed');
  });

  it('takes neither time nor memory for the weights of a large model', async () => {
    // 1.9 GB that do not exist: what the reader steps over is never asked for.
    const elements = 475_000_000;
    const tensorHead = joined([
      integerField(1, elements),
      integerField(2, 1),
      textField(8, 'W'),
      varint(9 * 8 + 2),
      varint(elements * 4),
    ]);
    const tensorLength = tensorHead.length + elements * 4;
    const graphTail = joined([
      bytesField(1, [textField(1, 'W'), textField(2, 'Y'), textField(4, 'Identity')]),
      bytesField(12, [textField(1, 'Y'), bytesField(2, bytesField(1, integerField(1, 1)))]),
    ]);
    const tensorTag = joined([varint(5 * 8 + 2), varint(tensorLength)]);
    const graphLength = tensorTag.length + tensorLength + graphTail.length;
    const front = joined([
      integerField(1, 8),
      bytesField(8, integerField(2, 17)),
      varint(7 * 8 + 2),
      varint(graphLength),
      tensorTag,
      tensorHead,
    ]);
    const gap = elements * 4;
    let asked = 0;
    const verdict = await inspectModel({
      size: front.length + gap + graphTail.length,
      read: async (offset, length) => {
        asked += length;
        const bytes = new Uint8Array(length);
        if (offset < front.length) bytes.set(front.subarray(offset, offset + length));
        const tailAt = offset - front.length - gap;
        for (let index = Math.max(0, -tailAt); index < length; index += 1)
          bytes[index] = graphTail[tailAt + index] ?? 0;
        return offset < front.length
          ? joined([front.subarray(offset, offset + length), bytes.subarray(Math.min(length, front.length - offset))])
          : bytes;
      },
    });
    expect(verdict).toMatchObject({ ok: true, summary: { initializerBytes: { present: 1_900_000_000 } } });
    expect(asked).toBeLessThan(200_000);
  });
});
