import type { ModelSummary, ModelValue } from '@callable/protocol';
import type { OnnxSummary } from './inspect/inspect-model.ts';
import type { SignatureValue } from './inspect/read-signature.ts';

/** What everybody else needs of an inspected graph. */
export function summarise(summary: OnnxSummary): ModelSummary {
  const { opsets, flags } = summary;
  return {
    inputs: summary.inputs.map(modelValue),
    outputs: summary.outputs.map(modelValue),
    memoryBytes: summary.estimatedMemoryBytes,
    findings: summary.findings,
    flags: {
      reproducible: flags.nonDeterministicOps.length === 0 && !flags.mixedSignInt8,
      random: flags.nonDeterministicOps.length > 0,
      trees:
        summary.inputs.some(({ datatype }) => datatype?.startsWith('FP')) &&
        Object.keys(summary.operators).some((operator) => operator.startsWith('ai.onnx.ml.TreeEnsemble')),
    },
    needs: { opset: { ...opsets } },
    companions: [...new Set(summary.externalFiles.map(({ location }) => location))].sort(),
    kind: `opset ${opsets['ai.onnx'] ?? opsets['ai.onnx.ml'] ?? '?'}`,
  };
}

function modelValue({ name, datatype, onnxType, shape, rankKnown, symbolicDims }: SignatureValue): ModelValue {
  const axes = symbolicDims.some((dim) => dim !== null) ? { axes: symbolicDims } : {};
  return { name, datatype, type: onnxType, shape, rankKnown, ...axes };
}
