import type { Manifest } from '@callable/protocol';
import { describeFile } from '../files/describe-file.ts';
import type { ReleaseFields } from './release.ts';

/** A manifest of these files, the first being the model; what it says of tensors is made up unless given. */
export function describeRelease(files: Record<string, Uint8Array>, fields: ReleaseFields = {}): Manifest {
  return {
    schema: 'callable.manifest/v1',
    publisher: `0x${'1'.repeat(40)}`,
    name: 'sample',
    version: '1.0.0',
    format: 'onnx',
    entry: Object.keys(files)[0] ?? 'model.onnx',
    files: Object.entries(files).map(([path, bytes]) => describeFile(path, bytes)),
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1] }],
    vectors: [],
    needs: { memoryBytes: 1_000_000, opset: { 'ai.onnx': 17 } },
    price: null,
    ...fields,
  } as Manifest;
}
