import { createHash } from 'node:crypto';
import { chunkBytes, type Manifest, type ManifestFile } from '@callable/protocol';

/** The manifest's row for these bytes. */
export function describeFile(path: string, bytes: Uint8Array): ManifestFile {
  const chunks: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(sha256(bytes.subarray(at, at + chunkBytes)));
  return { path, size: bytes.length, sha256: sha256(bytes), chunks };
}

/** A manifest of these files, enough to be fetched; what it says of tensors is made up unless given. */
export function describeRelease(files: Record<string, Uint8Array>, more: Partial<Manifest> = {}): Manifest {
  const paths = Object.keys(files);
  return {
    schema: 'callable.manifest/v1',
    publisher: `0x${'1'.repeat(40)}` as Manifest['publisher'],
    name: 'sample' as Manifest['name'],
    version: '1.0.0' as Manifest['version'],
    format: 'onnx',
    entry: paths[0] ?? 'model.onnx',
    files: Object.entries(files).map(([path, bytes]) => describeFile(path, bytes)),
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1] }],
    vectors: [],
    needs: { memoryBytes: 1_000_000, opset: { 'ai.onnx': 17 } },
    price: null,
    ...more,
  };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
