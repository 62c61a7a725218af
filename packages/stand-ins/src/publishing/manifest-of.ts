import { addressOf, type Manifest, type PrivateKey } from '@callable/protocol';
import { describeRelease } from '../releases/describe-release.ts';

/** A manifest for a model of one file that doubles its input; a hub never looks inside the file. */
export function manifestOf(key: PrivateKey, bytes: Uint8Array, fields: Record<string, unknown> = {}): Manifest {
  const vectors = [{ name: 'one', inputs: { x: [1] }, outputs: { y: [2] }, rtol: 1e-3, atol: 1e-6 }];
  const needs = { memoryBytes: 1000, opset: { 'ai.onnx': 17 } };
  return describeRelease(
    { 'model.onnx': bytes },
    { publisher: addressOf(key), name: 'twice', vectors, needs, ...fields },
  );
}
