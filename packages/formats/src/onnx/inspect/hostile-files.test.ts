import { describe, expect, it } from 'vitest';
import { bytes, expectRefused, text, withNode, withTensor } from '../../../test/hostile-models.ts';
import { buildModel, type TensorSpec } from '../build/build-model.ts';
import { bytesField, integerField, joined, textField } from '../wire/encode-field.ts';
import type { FindingCode, RejectReason } from './finding-codes.ts';
import { inspectModel } from './inspect-model.ts';

describe('files that are not ONNX', () => {
  const ai = (magic: Uint8Array): Uint8Array => joined([magic, new Uint8Array(400)]);
  it.each<[string, Uint8Array, RejectReason, FindingCode]>([
    ['an empty file', bytes(), 'NotAModel', 'EmptyFile'],
    ['a web page', text('\n<!DOCTYPE html><html></html>'), 'NotAModel', 'NotOnnx'],
    ['JSON', text('{"error": "not found"}'), 'NotAModel', 'NotOnnx'],
    ['plain text', text('hello, this is my model'), 'NotAModel', 'NotOnnx'],
    ['zeros', new Uint8Array(4096), 'NotAModel', 'NotOnnx'],
    [
      'a Git LFS pointer',
      text('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'),
      'LfsPointer',
      'GitLfsPointer',
    ],
    ['a zip', ai(text('PK\x03\x04')), 'UnsupportedFormat', 'ForeignFormat'],
    ['a pickle', ai(bytes(0x80, 4, 0x95)), 'UnsupportedFormat', 'ForeignFormat'],
    ['a GGUF', ai(text('GGUF')), 'UnsupportedFormat', 'ForeignFormat'],
    ['an .ort flatbuffer', ai(joined([bytes(32, 0, 0, 0), text('ORTM')])), 'UnsupportedFormat', 'ForeignFormat'],
    ['a safetensors', joined([bytes(64, 0, 0, 0, 0, 0, 0, 0), text('{"w":{}}')]), 'UnsupportedFormat', 'ForeignFormat'],
  ])('names %s', async (_, content, reason, code) => {
    await expectRefused(content, reason, code);
  });

  it('tells a truncated model from a damaged one', async () => {
    const model = buildModel(withTensor({ datatype: 'FP32', shape: [100], raw: new Uint8Array(400) }));
    await expectRefused(model.subarray(0, 200), 'Truncated', 'FileTruncated');
    const damaged = model.slice();
    const name = damaged.findIndex((byte, at) => byte === 0x41 && damaged[at + 1] === 0x64);
    damaged[name - 1] = 0x7f;
    await expectRefused(damaged, 'NotAModel', 'Malformed');
  });

  it('refuses a model without a graph', async () => {
    await expectRefused(joined([integerField(1, 8), textField(2, 'x')]), 'NotAModel', 'NoGraph');
  });

  it('refuses a file protobuf could not hold, without reading it', async () => {
    const verdict = await inspectModel({ size: 2 ** 31, read: async (_, length) => new Uint8Array(length).fill(8) });
    expect(verdict).toMatchObject({ ok: false, reason: 'UnsafeModel', findings: [{ code: 'LimitExceeded' }] });
  });
});

describe('bytes two parsers read differently', () => {
  it('refuses a second graph, which protobuf would merge into the first', async () => {
    const model = buildModel(withTensor({ datatype: 'FP32', shape: [1], values: [1] }));
    await expectRefused(joined([model, bytesField(7, textField(2, 'other'))]), 'UnsafeModel', 'DuplicateField');
  });

  it('refuses unknown parts of the model and trailing bytes', async () => {
    const model = buildModel(withTensor({ datatype: 'FP32', shape: [1], values: [1] }));
    await expectRefused(joined([model, textField(99, 'hidden')]), 'UnsafeModel', 'UnknownModelField');
    await expectRefused(joined([model, bytes(0)]), 'NotAModel', 'Malformed');
  });

  it('refuses a tensor with its data twice', async () => {
    const tensor: TensorSpec = { datatype: 'FP32', shape: [1], values: [1], raw: new Uint8Array(4) };
    await expectRefused(withTensor(tensor), 'UnsafeModel', 'DualTensorData');
    const empty: TensorSpec = { datatype: 'FP32', shape: [1], values: [1], raw: new Uint8Array(0) };
    await expectRefused(withTensor(empty), 'UnsafeModel', 'DualTensorData');
  });

  it('refuses the same hidden inside a function', async () => {
    const tensor: TensorSpec = { datatype: 'FP32', shape: [1], values: [1], raw: new Uint8Array(4) };
    await expectRefused(
      {
        ...withNode('f', ['X']),
        nodes: [{ op: 'f', domain: 'own', inputs: ['X'], outputs: ['Y'] }],
        functions: [
          {
            domain: 'own',
            name: 'f',
            inputs: ['a'],
            outputs: ['b'],
            nodes: [
              { op: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { tensor } } },
              { op: 'Add', inputs: ['a', 'c'], outputs: ['b'] },
            ],
          },
        ],
      },
      'UnsafeModel',
      'DualTensorData',
    );
  });

  it('refuses a function that takes the name of a built-in operator', async () => {
    const identity = { inputs: ['a'], outputs: ['b'], nodes: [{ op: 'Neg', inputs: ['a'], outputs: ['b'] }] };
    await expectRefused(
      { ...withNode('Relu', ['X']), functions: [{ domain: '', name: 'Relu', ...identity }] },
      'UnsafeModel',
      'FunctionShadowsOperator',
    );
  });
});
