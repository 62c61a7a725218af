import { createHash } from 'node:crypto';
import { addressOf, chunkBytes, digestJson, type Manifest, type PrivateKey, signStatement } from '@callable/protocol';
import { type Client, completeUpload, createUpload, publishRelease, sendChunk } from '@callable/sdk';

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export function describeFile(path: string, bytes: Uint8Array): Manifest['files'][number] {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(sha256(bytes.subarray(at, at + chunkBytes)));
  return { path, size: bytes.length, sha256: sha256(bytes), chunks };
}

/** A manifest for a model of one file that doubles its input; the hub itself never looks inside the file. */
export function manifestOf(key: PrivateKey, bytes: Uint8Array, fields: Record<string, unknown> = {}): Manifest {
  return {
    schema: 'callable.manifest/v1',
    publisher: addressOf(key),
    name: 'twice',
    version: '1.0.0',
    format: 'onnx',
    entry: 'model.onnx',
    files: [describeFile('model.onnx', bytes)],
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1] }],
    vectors: [{ name: 'one', inputs: { x: [1] }, outputs: { y: [2] }, rtol: 1e-3, atol: 1e-6 }],
    needs: { memoryBytes: 1000, opset: { 'ai.onnx': 17 } },
    price: null,
    ...fields,
  } as unknown as Manifest;
}

export function signPublish(key: PrivateKey, manifest: Manifest, issuedAt = Date.now()) {
  const { publisher, name, version } = manifest;
  return signStatement(
    { kind: 'release.published', subject: digestJson(manifest), body: { publisher, name, version }, issuedAt },
    key,
  );
}

export async function sendBytes(client: Client, bytes: Uint8Array): Promise<void> {
  const { path: _, ...file } = describeFile('any', bytes);
  const upload = await createUpload(client, { files: [file] });
  let { missing } = upload;
  // The hub may find on joining that it lacks a chunk it believed to have.
  for (let round = 0; round < 2; round++) {
    for (const chunk of missing)
      await sendChunk(
        client,
        upload.id,
        chunk,
        bytes.subarray(chunk.index * chunkBytes, chunk.index * chunkBytes + chunk.size),
      );
    ({ missing } = await completeUpload(client, upload.id));
    if (missing.length === 0) return;
  }
  throw new Error('The hub asks for the same chunks again and again.');
}

/** Uploads these bytes and publishes them as a release of the client's key. */
export async function publishBytes(client: Client, bytes: Uint8Array, fields: Record<string, unknown> = {}) {
  const key = client.key as PrivateKey;
  const manifest = manifestOf(key, bytes, fields);
  await sendBytes(client, bytes);
  return publishRelease(client, { manifest, statement: signPublish(key, manifest, client.clock()) });
}
