import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../bytes-source.ts';
import { buildModel, type ModelSpec, type ValueSpec } from '../build/build-model.ts';
import { inspectModel } from './inspect-model.ts';

const plain = (name: string): ValueSpec => ({ name, datatype: 'FP32', shape: [2] });

/** What a publisher reads first of such a model. */
async function told(change: Partial<ModelSpec>): Promise<string> {
  const nodes = [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }];
  const verdict = await inspectModel(
    bytesSource(buildModel({ inputs: [plain('x')], outputs: [plain('y')], nodes, ...change })),
  );
  return verdict.ok ? 'ok' : `${verdict.reason}: ${verdict.message}`;
}

describe('an input or output that no call carries is told with its own cure', () => {
  it.each([
    [16, 'BFLOAT16', 'export it in float32 or float16, or exchange FLOAT and'],
    [17, 'FLOAT8E4M3FN', 'export it in float32 or float16, or exchange FLOAT and'],
    [23, 'FLOAT4E2M1', 'export it in float32 or float16, or exchange FLOAT and'],
    [27, 'FLOAT6E2M3', 'export it in float32 or float16, or exchange FLOAT and'],
    [22, 'INT4', 'exchange INT8 and'],
    [25, 'UINT2', 'exchange UINT8 and'],
    [14, 'COMPLEX64', 'exchange real and imaginary parts as FLOAT'],
  ])('element type %d', async (datatype, name, cure) => {
    const head = `UnsupportedValueType: The output "y" is tensor(${name}), which cannot be exchanged with callers; ${cure}`;
    const cast = (words: string) => (name === 'COMPLEX64' ? '.' : ` ${words}.`);
    expect(await told({ outputs: [{ ...plain('y'), datatype }] })).toBe(
      `${head}${cast('end the graph with a Cast to it')}`,
    );
    const input = head.replace('output "y"', 'input "x"');
    expect(await told({ inputs: [{ ...plain('x'), datatype }] })).toBe(
      `${input}${cast('start the graph with a Cast from it')}`,
    );
  });

  it.each<[string, string, string]>([
    ['SequenceConstruct', 'x', 'name the tensors it is made of as outputs instead: "x".'],
    ['SplitToSequence', 'x', 'use Split in the place of SplitToSequence, with an output for each part.'],
    ['SequenceInsert', 'x', 'end the graph with tensors, for example by SequenceAt or ConcatFromSequence.'],
  ])('a sequence made by %s', async (op, input, cure) => {
    const nodes = [{ op, inputs: [input], outputs: ['y'] }];
    expect(await told({ nodes, outputs: [{ ...plain('y'), kind: 'sequence' }] })).toContain(
      `The output "y" is seq(tensor(FLOAT)), but callers exchange plain tensors; ${cure}`,
    );
  });

  it.each<[NonNullable<ValueSpec['kind']>, string, string]>([
    ['optional', 'make it a plain tensor that is always given', 'end the graph with OptionalGetElement'],
    ['sequence', 'take its tensors as inputs of their own', 'end the graph with tensors'],
    ['sparse', 'take a dense tensor', 'end the graph with a dense tensor'],
  ])('%s', async (kind, input, output) => {
    expect(await told({ inputs: [{ ...plain('x'), kind }] })).toContain(`UnsupportedValueType: The input "x" is`);
    expect(await told({ inputs: [{ ...plain('x'), kind }] })).toContain(input);
    expect(await told({ outputs: [{ ...plain('y'), kind }] })).toContain(output);
  });
});

it('an operator no node runs is told why, and the cure of that reason', async () => {
  const of = (op: string, domain: string, opset = 17) =>
    told({ nodes: [{ op, domain, inputs: ['x'], outputs: ['y'] }], opset: { 'ai.onnx': opset, [domain]: 1 } });
  expect(await of('EmbedLayerNormalization', 'com.microsoft')).toContain(
    'it is left out; publish the model as it was before',
  );
  expect(await of('DecoderMaskedSelfAttention', 'com.microsoft')).toContain(
    "one of ONNX Runtime's own that nodes do not have",
  );
  expect(await of('Steal', 'com.example')).toContain('export the model with standard ONNX operators');
  const onnx = (op: string, opset: number) => told({ nodes: [{ op, inputs: ['x'], outputs: ['y'] }], opset });
  expect(await onnx('ImageDecoder', 20)).toContain('the runtime has no kernel of it, of no opset');
  expect(await onnx('SwiGLU', 26)).toContain('it is new in opset 28; export with opset 26');
});
