import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../bytes-source.ts';
import { buildModel } from '../build/build-model.ts';
import { rewriteOnnx } from '../rewrite/rewrite-onnx.ts';
import { findingCodes } from './finding-codes.ts';
import { inspectModel } from './inspect-model.ts';

/** A bit of everything the decoder knows: subgraphs, functions, all kinds of data, external files, ZipMap. */
const model = buildModel({
  inputs: [{ name: 'X', datatype: 'FP32', shape: ['N', 2] }],
  outputs: [
    { name: 'Y', datatype: 'FP32', shape: ['N', 2] },
    { name: 'P', datatype: 'FP32', kind: 'zipmap' },
  ],
  nodes: [
    { op: 'Twice', domain: 'own', inputs: ['X'], outputs: ['t'] },
    {
      op: 'If',
      inputs: ['flag'],
      outputs: ['Y'],
      attributes: {
        then_branch: {
          graph: {
            inputs: [],
            outputs: [{ name: 'o', datatype: 'FP32' }],
            nodes: [{ op: 'Add', inputs: ['t', 'W'], outputs: ['o'] }],
          },
        },
      },
    },
    {
      op: 'ZipMap',
      domain: 'ai.onnx.ml',
      inputs: ['X'],
      outputs: ['P'],
      attributes: { classlabels_int64s: { ints: [0, 1] }, note: { text: 'n' }, f: { floats: [1, 2] } },
    },
  ],
  initializers: [
    { name: 'flag', datatype: 'BOOL', shape: [1], raw: Uint8Array.of(1) },
    { name: 'W', datatype: 'FP32', shape: [2], external: { location: 'w.bin', offset: 0, length: 8 } },
    { name: 'S', datatype: 'BYTES', shape: [2], values: ['a', 'b'] },
    { name: 'I', datatype: 'INT64', shape: [300], values: Array.from({ length: 300 }, (_, each) => each * 1000) },
  ],
  valueInfo: [{ name: 't', datatype: 'FP32', shape: [null, 2] }],
  functions: [
    {
      domain: 'own',
      name: 'Twice',
      inputs: ['a'],
      outputs: ['b'],
      nodes: [{ op: 'Add', inputs: ['a', 'a'], outputs: ['b'] }],
    },
  ],
  opset: { 'ai.onnx': 17, 'ai.onnx.ml': 3, own: 1 },
});

async function expectVerdict(bytes: Uint8Array): Promise<void> {
  const started = performance.now();
  const verdict = await inspectModel(bytesSource(bytes), { files: [{ path: 'w.bin', size: 8 }] });
  await rewriteOnnx(bytesSource(bytes), {});
  // Generous: such a file takes about a millisecond, and the machine may be busy.
  expect(performance.now() - started).toBeLessThan(2000);
  if (!verdict.ok) {
    expect(Object.values(findingCodes).map((kind) => kind.reason)).toContain(verdict.reason);
    expect(verdict.message.length).toBeLessThan(700);
  }
}

describe('whatever the bytes are, there is a verdict', () => {
  it('the model itself is fine', async () => {
    const verdict = await inspectModel(bytesSource(model), { files: [{ path: 'w.bin', size: 8 }] });
    expect(verdict.ok ? [] : verdict.findings).toEqual([]);
  });

  it('for every truncation', async () => {
    for (let length = 0; length < model.length; length += 1) {
      const verdict = await inspectModel(bytesSource(model.subarray(0, length)), {
        files: [{ path: 'w.bin', size: 8 }],
      });
      // Cut between the last fields of the model, the rest can still be whole: then only the findings differ.
      if (length < model.length - 100) expect(verdict).toMatchObject({ ok: false });
      expect(verdict).toHaveProperty('ok');
    }
  });

  it('for every byte set to what parsers trip over', async () => {
    for (let at = 0; at < model.length; at += 1) {
      for (const byte of [0x00, 0x7f, 0x80, 0xff, (model[at] ?? 0) ^ 1]) {
        const changed = model.slice();
        changed[at] = byte;
        await expectVerdict(changed);
      }
    }
  });

  it('for random changes in several places', async () => {
    const edit = fc.record({ at: fc.nat(model.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 12 }), async (edits) => {
        const changed = model.slice();
        for (const { at, byte } of edits) changed[at] = byte;
        await expectVerdict(changed);
      }),
      { numRuns: 1500 },
    );
  });

  it('for spliced and repeated pieces', async () => {
    const piece = fc.record({ from: fc.nat(model.length), length: fc.nat(200) });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const parts = pieces.flatMap(({ from, length }) => [...model.subarray(from, from + length)]);
        await expectVerdict(Uint8Array.from([8, 8, ...parts]));
      }),
      { numRuns: 500 },
    );
  });

  it('for random bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), expectVerdict), { numRuns: 500 });
  });
});
