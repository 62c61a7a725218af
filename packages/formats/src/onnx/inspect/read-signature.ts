import { type Datatype, datatypeOfOnnx, manifestLimits } from '@callable/protocol';
import type { Graph, ValueInfo, ValueType } from '../model/messages.ts';
import { cureOfInput, cureOfOutput } from './cure-of-value.ts';
import { type Findings, quoted } from './findings.ts';
import { limits } from './limits.ts';
import { tensorType, tensorTypeName } from './tensor-types.ts';

/** One input or output of the model as a caller sees it. */
export type SignatureValue = {
  readonly name: string;
  /** The protocol's datatype, or null where it has no word for it (then a finding says so). */
  readonly datatype: Datatype | null;
  /** As ONNX writes it: `tensor(FLOAT)`, `seq(map(INT64,tensor(FLOAT)))`. */
  readonly onnxType: string;
  readonly kind: 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse';
  /** -1 where an axis is symbolic or unknown. Empty for a scalar, and where `rankKnown` is false. */
  readonly shape: readonly number[];
  /** Per axis its symbolic name, or null. */
  readonly symbolicDims: readonly (string | null)[];
  readonly rankKnown: boolean;
};

/**
 * Inputs and outputs of the main graph; initialisers listed as inputs are not inputs. Only tensors of the protocol's
 * datatypes can be called: the binding of ONNX Runtime 1.30 refuses or crashes on others.
 * Outputs of ZipMap only warn, because `rewriteZipMap` turns them into tensors.
 */
export function readSignature(
  graph: Graph,
  irVersion: number,
  findings: Findings,
): { inputs: SignatureValue[]; outputs: SignatureValue[] } {
  const stored = new Set([
    ...graph.initializers.map(({ name }) => name),
    ...graph.sparseInitializers.map(({ values }) => values?.name ?? ''),
  ]);
  const zipMaps = new Set(
    graph.nodes
      .filter(({ op, domain }) => op === 'ZipMap' && domain === 'ai.onnx.ml')
      .flatMap(({ outputs }) => outputs),
  );
  const given = graph.inputs.filter(({ name }) => !stored.has(name));
  if (irVersion >= firstWithDefaults)
    tellStored(
      graph.inputs.filter(({ name }) => stored.has(name)),
      findings,
    );
  for (const [what, list] of [
    ['input', given],
    ['output', graph.outputs],
  ] as const) {
    if (list.length > limits.signature) {
      findings.add(
        'LimitExceeded',
        `graph.${what}`,
        `The model has ${list.length} ${what}s, more than ${limits.signature}; combine them into fewer tensors.`,
      );
    }
  }
  if (graph.outputs.length === 0) {
    findings.add(
      'InvalidSignature',
      'graph.output',
      'The model has no output; export it again with its outputs named.',
    );
  }
  checkNames(graph.outputs, 'output', findings);
  checkNames(graph.inputs, 'input', findings);
  for (const { name } of given) checkName(name, 'input', findings);
  for (const { name } of graph.outputs) checkName(name, 'output', findings);
  return {
    inputs: given
      .slice(0, limits.signature)
      .map((value) => readValue(value, 'input', false, () => cureOfInput(value), findings)),
    outputs: graph.outputs
      .slice(0, limits.signature)
      .map((value) => readValue(value, 'output', zipMaps.has(value.name), () => cureOfOutput(value, graph), findings)),
  };
}

/** Before it every initialiser had to be listed as an input, and meant nothing by it. */
const firstWithDefaults = 4;

/** The runtime's bindings for JavaScript know no such inputs and pass over what is given for them, measured with 1.30. */
function tellStored(inputs: readonly ValueInfo[], findings: Findings): void {
  const [first, ...others] = inputs;
  if (!first) return;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  findings.add(
    'StoredInput',
    'graph.input',
    `The input ${quoted(first.name)}${more} has a stored value and stays at it: callers cannot set it. Leave its initialiser out of the export where they should.`,
  );
}

function readValue(
  { name, type }: ValueInfo,
  role: 'input' | 'output',
  fromZipMap: boolean,
  cure: () => string,
  findings: Findings,
): SignatureValue {
  const where = `graph.${role} ${quoted(name)}`;
  const kind = type.kind === 'none' || type.kind === 'opaque' ? 'tensor' : type.kind;
  const datatype = type.kind === 'tensor' ? datatypeOfOnnx(type.datatype) : null;
  const onnxType = typeName(type);
  if (type.kind === 'none' || type.kind === 'opaque') {
    findings.add(
      'InvalidSignature',
      where,
      `The ${role} ${quoted(name)} has no type callers could use; export the model with typed inputs and outputs.`,
    );
  } else if (type.kind !== 'tensor' && fromZipMap) {
    findings.add(
      'ZipMapOutput',
      where,
      `The output ${quoted(name)} is a list of maps made by ZipMap; rewrite it to a plain tensor at publish (rewriteZipMap does).`,
    );
  } else if (type.kind !== 'tensor') {
    findings.add(
      role === 'input' ? 'NonTensorInput' : 'NonTensorOutput',
      where,
      `The ${role} ${quoted(name)} is ${onnxType}, but callers exchange plain tensors; ${cure()}.`,
    );
  } else if (datatype === null) {
    findings.add(
      'UnsupportedDatatype',
      where,
      `The ${role} ${quoted(name)} is ${onnxType}, which cannot be exchanged with callers; ${cure()}.`,
    );
  } else if (type.shape === null && role === 'input') {
    findings.add(
      'UnknownRank',
      where,
      `The input ${quoted(name)} does not declare its shape; callers get better errors when the export declares it.`,
    );
  }
  const shape = (type.shape ?? []).slice(0, limits.rank);
  return {
    name,
    datatype,
    onnxType,
    kind,
    shape: shape.map((dim) => (typeof dim === 'number' && dim >= 0 && Number.isSafeInteger(dim) ? dim : -1)),
    symbolicDims: shape.map((dim) => (typeof dim === 'string' && dim !== '' ? dim : null)),
    rankKnown: type.kind === 'tensor' && type.shape !== null,
  };
}

/** What a manifest may not call a tensor, said before one is written. */
function checkName(name: string, role: 'input' | 'output', findings: Findings): void {
  const most = manifestLimits.tensorName;
  const length = [...name.slice(0, 2 * most + 1)].length;
  const add = (why: string) =>
    findings.add(
      'InvalidSignature',
      `graph.${role} ${quoted(name)}`,
      `The name of the ${role} ${quoted(name)} ${why}.`,
    );
  if (length > most) add(`has more than ${most} characters; rename it before exporting`);
  // The binding of ONNX Runtime 1.30 sets the prototype of what it returns, and the output is gone.
  if (name === '__proto__') add('is one that the runtime loses; rename it before exporting');
}

function checkNames(values: readonly ValueInfo[], role: 'input' | 'output', findings: Findings): void {
  const seen = new Set<string>();
  for (const { name, type } of values) {
    const where = `graph.${role}`;
    if (name === '') findings.add('InvalidSignature', where, `An ${role} has no name; export the model again.`);
    // Inputs given twice are found with the wiring.
    if (role === 'output' && seen.has(name)) {
      findings.add('DuplicateName', where, `The output ${quoted(name)} is listed twice; list it once.`);
    }
    seen.add(name);
    const fixed = (type.shape ?? []).reduce<number>((count, dim) => count * (Number(dim) > 0 ? Number(dim) : 1), 1);
    if ((fixed * (tensorType(type.datatype)?.bits ?? 0)) / 8 > limits.generatedBytes && Number.isFinite(fixed)) {
      findings.add(
        'OversizedSignature',
        where,
        `The ${role} ${quoted(name)} has a fixed shape beyond what a call can carry; export the model with smaller inputs and outputs.`,
      );
    }
    if ((type.shape?.length ?? 0) > limits.rank || type.shape?.some((dim) => dim === Number.POSITIVE_INFINITY)) {
      findings.add(
        'InvalidDimensions',
        where,
        `The ${role} ${quoted(name)} has a shape no tensor can have; export the model again.`,
      );
    }
  }
}

function typeName(type: ValueType): string {
  const element = type.element ? typeName(type.element) : 'UNDEFINED';
  switch (type.kind) {
    case 'tensor':
      return `tensor(${tensorTypeName(type.datatype)})`;
    case 'sparse':
      return `sparse_tensor(${tensorTypeName(type.datatype)})`;
    case 'sequence':
      return `seq(${element})`;
    case 'optional':
      return `optional(${element})`;
    case 'map':
      return `map(${tensorTypeName(type.keyType)},${element})`;
    case 'opaque':
      return 'opaque';
    case 'none':
      return 'UNDEFINED';
  }
}
