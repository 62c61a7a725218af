import { describe, expect, it } from 'vitest';
import { bytes, expectRefused, inspect, withNode, withTensor } from '../../../test/hostile-models.ts';
import { buildModel, type ModelSpec, type TensorSpec } from '../build/build-model.ts';
import { bytesField, integerField, joined, textField } from '../wire/encode-field.ts';
import type { FindingCode, RejectReason } from './finding-codes.ts';

describe('tensors whose shape and data disagree', () => {
  it.each<[string, TensorSpec, FindingCode]>([
    ['too few raw bytes', { datatype: 'FP32', shape: [2], raw: new Uint8Array(4) }, 'TensorSizeMismatch'],
    ['too many raw bytes', { datatype: 'FP32', shape: [2], raw: new Uint8Array(9) }, 'TensorSizeMismatch'],
    ['no data for a huge shape', { datatype: 'FP32', shape: [2 ** 40] }, 'TensorSizeMismatch'],
    ['a product that overflows 64 bits', { datatype: 'FP32', shape: [2 ** 33, 2 ** 33] }, 'InvalidDimensions'],
    [
      'a product that wraps to the right size',
      { datatype: 'INT8', shape: [2 ** 32, 2 ** 32, 2], raw: bytes() },
      'InvalidDimensions',
    ],
    ['a negative axis', { datatype: 'FP32', shape: [-1], raw: new Uint8Array(4) }, 'InvalidDimensions'],
    ['two negative axes', { datatype: 'FP32', shape: [-1, -1], raw: new Uint8Array(4) }, 'InvalidDimensions'],
    [
      'too many axes',
      { datatype: 'FP32', shape: Array.from({ length: 65 }, () => 1), values: [1] },
      'InvalidDimensions',
    ],
    ['an unknown type', { datatype: 99, shape: [1], raw: new Uint8Array(4) }, 'UnknownTensorType'],
    ['no type', { datatype: 0, shape: [1], raw: new Uint8Array(4) }, 'UnknownTensorType'],
    ['too few varints', { datatype: 'INT64', shape: [4], values: [1, 2, 3] }, 'TensorSizeMismatch'],
    [
      'too few of many varints',
      { datatype: 'INT64', shape: [1001], values: Array(1000).fill(300) },
      'TensorSizeMismatch',
    ],
    ['too few strings', { datatype: 'BYTES', shape: [2], values: ['a'] }, 'TensorSizeMismatch'],
    ['raw strings', { datatype: 'BYTES', shape: [1], raw: new Uint8Array(4) }, 'TensorDataWrongField'],
    [
      'half a byte too little of 4-bit data',
      { datatype: 22, shape: [3], raw: new Uint8Array(1) },
      'TensorSizeMismatch',
    ],
  ])('refuses %s', async (_, tensor, code) => {
    await expectRefused(withTensor(tensor), 'InvalidModel', code);
  });

  it.each<[string, TensorSpec]>([
    ['an empty tensor', { datatype: 'FP32', shape: [0, 2 ** 40] }],
    ['a scalar', { datatype: 'FP64', shape: [], values: [1.5] }],
    ['negative varints', { datatype: 'INT32', shape: [2], values: [-1, 2] }],
    ['many varints', { datatype: 'INT64', shape: [1000], values: Array(1000).fill(300) }],
    ['4-bit data', { datatype: 22, shape: [3], raw: new Uint8Array(2) }],
    ['complex data', { datatype: 14, shape: [3], raw: new Uint8Array(24) }],
    ['strings', { datatype: 'BYTES', shape: [2], values: ['a', ''] }],
  ])('accepts %s', async (_, tensor) => {
    expect(await inspect(withTensor(tensor))).toMatchObject({ ok: true });
  });

  it('refuses integers in the field of floats', async () => {
    const wrong = joined([integerField(1, 1), integerField(2, 1), bytesField(7, bytes(1)), textField(8, 'W')]);
    const model = buildModel(withTensor({ datatype: 'FP32', shape: [1], values: [1] }));
    // The graph of `withTensor`, its initialiser (field 5) added once more under another type.
    const graph = joined([
      bytesField(1, [textField(1, 'X'), textField(1, 'W'), textField(2, 'Y'), textField(4, 'Add')]),
      bytesField(5, wrong),
    ]);
    expect(model.length).toBeGreaterThan(0);
    await expectRefused(
      joined([integerField(1, 8), bytesField(7, graph), bytesField(8, integerField(2, 17))]),
      'InvalidModel',
      'TensorDataWrongField',
    );
  });
});

describe('external data that leaves the upload', () => {
  const files = [{ path: 'weights.bin', size: 8 }];
  const external = (entries: Record<string, string | number>): ModelSpec =>
    withTensor({ datatype: 'FP32', shape: [2], external: entries });

  it.each([
    '../secret',
    'a/../../secret',
    '/etc/passwd',
    'C:\\secret',
    'a\\b',
    './weights.bin',
    'a//b',
    '',
    '.',
    'weights.bin\0.txt',
    'http://example.org/w',
  ])('refuses the path %j', async (location) => {
    const opened = [...files, { path: location, size: 8 }];
    await expectRefused(external({ location }), 'UnsafeModel', 'UnsafeExternalPath', { files: opened });
  });

  it.each(['near/_ORT_MEM_ADDR_/by', '_ORT_MEM_ADDR_'])('refuses the memory of the runtime as %j', async (location) => {
    const opened = [...files, { path: location, size: 8 }];
    await expectRefused(external({ location }), 'UnsafeModel', 'MemoryAddressPath', { files: opened });
  });

  it('refuses a file of the server that is not part of the upload', async () => {
    await expectRefused(external({ location: 'package.json' }), 'UploadIncomplete', 'ExternalFileMissing', { files });
    await expectRefused(external({ location: 'weights.bin' }), 'UploadIncomplete', 'ExternalFileMissing');
  });

  it.each<[string, Record<string, string | number>, RejectReason, FindingCode]>([
    ['a range behind the end', { offset: 4, length: 8 }, 'Truncated', 'ExternalRangeBeyondFile'],
    ['a range of another length', { length: 4 }, 'InvalidModel', 'TensorSizeMismatch'],
    ['a negative offset', { offset: -4 }, 'UnsafeModel', 'UnsafeExternalEntry'],
    ['an offset that overflows', { offset: '9223372036854775807' }, 'UnsafeModel', 'UnsafeExternalEntry'],
    ['an offset in hexadecimal', { offset: '0x10' }, 'UnsafeModel', 'UnsafeExternalEntry'],
    ['an entry that sets something else', { prepacked_0: 'x' }, 'UnsafeModel', 'UnsafeExternalEntry'],
  ])('refuses %s', async (_, entries, reason, code) => {
    await expectRefused(external({ location: 'weights.bin', ...entries }), reason, code, { files });
  });

  it('refuses external data beside inline data', async () => {
    const both: TensorSpec = { datatype: 'FP32', shape: [2], values: [1, 2], external: { location: 'weights.bin' } };
    await expectRefused(withTensor(both), 'UnsafeModel', 'DualTensorData', { files });
  });

  it('finds it in node attributes and sparse tensors, where reviewers do not look', async () => {
    const tensor: TensorSpec = { datatype: 'FP32', shape: [2], external: { location: 'weights.bin' } };
    const constant: ModelSpec = {
      ...withNode('Add', ['X', 'c']),
      nodes: [
        { op: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { tensor } } },
        { op: 'Add', inputs: ['X', 'c'], outputs: ['Y'] },
      ],
    };
    await expectRefused(constant, 'UnsafeModel', 'ExternalDataInAttribute', { files });
    const sparse: ModelSpec = {
      ...withNode('Add', ['X', 's']),
      sparseInitializers: [
        { values: { ...tensor, name: 's' }, indices: { datatype: 'INT64', shape: [2], values: [0, 1] }, shape: [2] },
      ],
    };
    await expectRefused(sparse, 'UnsafeModel', 'ExternalDataInAttribute', { files });
  });
});
