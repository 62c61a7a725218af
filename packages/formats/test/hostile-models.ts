import { expect } from 'vitest';
import { bytesSource } from '../src/bytes-source.ts';
import { type AttributeSpec, buildModel, type ModelSpec, type TensorSpec } from '../src/onnx/build/build-model.ts';
import type { FindingCode, RejectReason } from '../src/onnx/inspect/finding-codes.ts';
import { inspectModel, type OnnxVerdict } from '../src/onnx/inspect/inspect-model.ts';

/** Y = X + W, with W as the attack wants it. */
export function withTensor(tensor: TensorSpec): ModelSpec {
  return {
    inputs: [{ name: 'X', datatype: 'FP32', shape: [1] }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [1] }],
    nodes: [{ op: 'Add', inputs: ['X', 'W'], outputs: ['Y'] }],
    initializers: [{ ...tensor, name: 'W' }],
  };
}

export function withNode(
  op: string,
  inputs: readonly string[],
  initializers: NonNullable<ModelSpec['initializers']> = [],
  attributes: Readonly<Record<string, AttributeSpec>> = {},
): ModelSpec {
  return {
    inputs: [{ name: 'X', datatype: 'FP32', shape: [1] }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [1] }],
    nodes: [{ op, inputs, outputs: ['Y'], attributes }],
    initializers,
  };
}

export async function inspect(
  model: ModelSpec | Uint8Array,
  options: Parameters<typeof inspectModel>[1] = {},
): Promise<OnnxVerdict> {
  return inspectModel(bytesSource(model instanceof Uint8Array ? model : buildModel(model)), options);
}

export async function expectRefused(
  model: ModelSpec | Uint8Array,
  reason: RejectReason,
  code: FindingCode,
  options: Parameters<typeof inspectModel>[1] = {},
): Promise<void> {
  const verdict = await inspect(model, options);
  expect(verdict).toMatchObject({ ok: false, reason });
  if (verdict.ok) return;
  expect(verdict.findings.filter(({ severity }) => severity === 'refuse').map((finding) => finding.code)).toContain(
    code,
  );
  // One sentence with a cause and a remedy.
  expect(verdict.message).toMatch(/^[A-Z][^\n]*[;,:][^\n]*\.$/);
}

export const text = (content: string): Uint8Array => new TextEncoder().encode(content);
export const bytes = (...content: number[]): Uint8Array => Uint8Array.from(content);
