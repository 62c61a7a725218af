import { createHash } from 'node:crypto';
import { type Address, chunkBytes, type Manifest, type ManifestFile } from '@callable/protocol';

export type Release = { manifest: Manifest; contents: ReadonlyMap<string, Uint8Array> };

type Described = Partial<Manifest> & Pick<Manifest, 'inputs' | 'outputs' | 'vectors'>;

/** A manifest written by hand for these files, the first being the model. It says what the publisher wants to say. */
export function describeModel(
  publisher: Address,
  name: string,
  files: Record<string, Uint8Array>,
  fields: Described,
): Release {
  const rows = Object.entries(files).map(([path, bytes]) => describeFile(path, bytes));
  const manifest = {
    schema: 'callable.manifest/v1',
    publisher,
    name,
    version: '1.0.0',
    format: 'onnx',
    entry: Object.keys(files)[0] ?? '',
    files: rows,
    needs: { memoryBytes: 1_000_000, opset: { 'ai.onnx': 17 } },
    price: null,
    ...fields,
  } as Manifest;
  return { manifest, contents: new Map(Object.values(files).map((bytes, at) => [rows[at]?.sha256 ?? '', bytes])) };
}

function describeFile(path: string, bytes: Uint8Array): ManifestFile {
  const chunks: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(sha256(bytes.subarray(at, at + chunkBytes)));
  return { path, size: bytes.length, sha256: sha256(bytes), chunks };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
