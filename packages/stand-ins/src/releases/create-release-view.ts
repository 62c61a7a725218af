import {
  type ConditionStatus,
  type ConditionType,
  conditionTypes,
  digestJson,
  type Manifest,
  type NoticesView,
  type ReleaseView,
} from '@callable/protocol';
import { createCondition } from './create-condition.ts';
import { describeRelease } from './describe-release.ts';
import type { ReleaseFields } from './release.ts';

export const publisher = `0x${'ab'.repeat(20)}` as Manifest['publisher'];
const file = { path: 'model.onnx', size: 3, sha256: 'cd'.repeat(32), chunks: ['cd'.repeat(32)] };

/** A release as the hub would show it: one input X of two numbers, one output Y. */
export function createReleaseView(
  changes: ReleaseFields = {},
  conditions: Partial<Record<ConditionType, { status: ConditionStatus; reason: string }>> = {},
  notices?: Partial<NoticesView>,
): ReleaseView {
  const manifest = describeRelease(
    {},
    {
      ...{ publisher, name: 'double', files: [file], needs: { memoryBytes: 1, opset: { 'ai.onnx': 17 } } },
      inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'Y', datatype: 'FP32', shape: [-1, 2] }],
      vectors: [{ name: 'one', inputs: { X: [[1, 2]] }, outputs: { Y: [[2, 4]] }, rtol: 0, atol: 0 }],
      ...changes,
    },
  );
  const digest = digestJson(manifest);
  return {
    reference: `${manifest.publisher}/${manifest.name}@${manifest.version}`,
    digest,
    handle: null,
    publishedAt: new Date(0).toISOString(),
    manifest,
    callable: true,
    ...(notices ? { notices: { yanked: null, deprecated: null, refused: null, ...notices } } : {}),
    conditions: conditionTypes.map((type) => {
      const { status, reason } = conditions[type] ?? { status: 'True' as const, reason: 'AllBytesArrived' };
      return createCondition(type, status, reason, new Date(0).toISOString());
    }),
  };
}
