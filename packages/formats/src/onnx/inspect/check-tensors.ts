import type { UploadedFile } from '../../format.ts';
import type { Model, Tensor } from '../model/messages.ts';
import { checkExternalTensor, type ExternalFile } from './check-external-tensor.ts';
import { type Findings, quoted } from './findings.ts';
import { limits } from './limits.ts';
import { elementCount, type TensorField, tensorType } from './tensor-types.ts';
import { type Region, storedTensors } from './walk-regions.ts';

/** Bytes of stored tensors: what their shapes need, what lies in the model file, what lies in external files. */
export type TensorBytes = { declared: number; present: number; external: number };

/**
 * Every stored tensor, wherever it hides, must say one thing: one data field, of the right kind, exactly as long as its
 * shape. Two data fields show reviewers other weights than the runtime uses; a short one is read out of bounds.
 */
export function checkTensors(
  model: Model,
  regions: readonly Region[],
  files: readonly UploadedFile[],
  findings: Findings,
): { bytes: TensorBytes; externalFiles: ExternalFile[] } {
  const bytes: TensorBytes = { declared: 0, present: 0, external: 0 };
  const externalFiles: ExternalFile[] = [];
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  let count = 0;
  for (const { tensor, role, where } of storedTensors(model, regions)) {
    count += 1;
    if (count > limits.tensors) {
      findings.add(
        'LimitExceeded',
        where(),
        `The model stores more than ${limits.tensors} tensors; merge its constants before exporting.`,
      );
      break;
    }
    const expected = declaredBytes(tensor, where, findings);
    if (tensor.externalLocation !== 0 || tensor.external.length > 0) {
      const file = checkExternalTensor(tensor, role, expected, sizes, where, findings);
      if (file) externalFiles.push(file);
      if (expected !== null) {
        bytes.declared += expected;
        bytes.external += expected;
      }
    } else {
      const present = checkData(tensor, expected, where, findings);
      bytes.present += present;
      bytes.declared += expected ?? present;
    }
  }
  return { bytes, externalFiles };
}

/** Bytes a tensor's shape and type need, or null where they make no sense or the length is not fixed (strings). */
function declaredBytes(tensor: Tensor, where: () => string, findings: Findings): number | null {
  const type = tensorType(tensor.datatype);
  if (!type) {
    findings.add(
      'UnknownTensorType',
      where(),
      `The tensor ${quoted(tensor.name)} has the unknown element type ${tensor.datatype}; export the model again.`,
    );
    return null;
  }
  const elements = tensorElements(tensor);
  const bytes = Math.ceil(elements * (type.bits / 8));
  if (!Number.isSafeInteger(bytes) || tensor.segment) {
    findings.add(
      'InvalidDimensions',
      where(),
      `The tensor ${quoted(tensor.name)} has a shape or a segment that no data can fill; export the model again.`,
    );
    return null;
  }
  return type.name === 'STRING' ? null : bytes;
}

function checkData(tensor: Tensor, expected: number | null, where: () => string, findings: Findings): number {
  const type = tensorType(tensor.datatype);
  const runs = presentFields(tensor);
  const data = runs.reduce((sum, field) => sum + (tensor[field]?.count ?? 0), tensor.raw?.length ?? 0);
  if (runs.length + (tensor.raw ? 1 : 0) > 1 && data > 0) {
    findings.add(
      'DualTensorData',
      where(),
      `The tensor ${quoted(tensor.name)} carries its data twice, so tools could read different weights; export the model again.`,
    );
    return 0;
  }
  if (!type || (expected === null && type.name !== 'STRING')) return 0;
  const [field] = runs;
  if (type.name === 'STRING' ? tensor.raw : field && field !== type.field && data > 0) {
    findings.add(
      'TensorDataWrongField',
      where(),
      `The tensor ${quoted(tensor.name)} of type ${type.name} keeps its data in the wrong field; export the model again.`,
    );
    return 0;
  }
  const elements = tensorElements(tensor);
  const run = field ? tensor[field] : null;
  const entries = Math.ceil(elements / type.perEntry);
  const fits = tensor.raw
    ? tensor.raw.length === expected
    : run
      ? run.least <= entries && entries <= run.count
      : elements === 0;
  if (!fits) {
    const has = tensor.raw ? `${tensor.raw.length} bytes` : `${run?.count ?? 0} values`;
    const needs = tensor.raw ? `${expected} bytes` : `${entries} values`;
    findings.add(
      'TensorSizeMismatch',
      where(),
      `The tensor ${quoted(tensor.name)} has ${has} where its shape needs ${needs}; export the model again.`,
    );
  }
  return tensor.raw?.length ?? Math.ceil(((run?.count ?? 0) * type.perEntry * type.bits) / 8);
}

function tensorElements(tensor: Tensor): number {
  const dims = tensor.dims;
  return dims.count > limits.rank || dims.count !== dims.values.length ? Number.NaN : elementCount(dims.values);
}

const dataFields = ['floats', 'int32s', 'int64s', 'doubles', 'uint64s', 'texts'] as const satisfies TensorField[];

function presentFields(tensor: Tensor): TensorField[] {
  return dataFields.filter((field) => tensor[field] !== null);
}
