import {
  type Condition,
  type ConditionStatus,
  type ConditionType,
  conditionTypes,
  digestJson,
  type Manifest,
  type NoticesView,
  type ReleaseView,
} from '@callable/protocol';

export const publisher = `0x${'ab'.repeat(20)}` as Manifest['publisher'];

/** A release as the hub would show it: one input X of two numbers, one output Y. */
export function createRelease(
  changes: Partial<Manifest> = {},
  conditions: Partial<Record<ConditionType, { status: ConditionStatus; reason: string }>> = {},
  notices?: Partial<NoticesView>,
): ReleaseView {
  const manifest: Manifest = {
    schema: 'callable.manifest/v1',
    publisher,
    name: 'double' as Manifest['name'],
    version: '1.0.0' as Manifest['version'],
    format: 'onnx',
    entry: 'model.onnx',
    files: [{ path: 'model.onnx', size: 3, sha256: 'cd'.repeat(32), chunks: ['cd'.repeat(32)] }],
    inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 2] }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [-1, 2] }],
    vectors: [{ name: 'one', inputs: { X: [[1, 2]] }, outputs: { Y: [[2, 4]] }, rtol: 0, atol: 0 }],
    needs: { memoryBytes: 1, opset: { 'ai.onnx': 17 } },
    price: null,
    ...changes,
  };
  const digest = digestJson(manifest);
  return {
    reference: `${manifest.publisher}/${manifest.name}@${manifest.version}`,
    digest,
    handle: null,
    publishedAt: new Date(0).toISOString(),
    manifest,
    callable: true,
    ...(notices ? { notices: { yanked: null, deprecated: null, refused: null, ...notices } } : {}),
    conditions: conditionTypes.map((type) => createCondition(type, conditions[type])),
  };
}

function createCondition(type: ConditionType, said?: { status: ConditionStatus; reason: string }): Condition {
  const time = new Date(0).toISOString();
  return {
    type,
    status: said?.status ?? 'True',
    reason: said?.reason ?? 'AllBytesArrived',
    message: `${type} is ${said?.status ?? 'True'}.`,
    next: null,
    lastTransitionTime: time,
    lastCheckTime: time,
    evidence: [],
  };
}
