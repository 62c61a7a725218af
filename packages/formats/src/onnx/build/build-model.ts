import { type Datatype, datatypes } from '@callable/protocol';
import { bytesField, floatField, integerField, joined, type Part, textField, varint } from '../wire/encode-field.ts';

/** A protocol datatype, or ONNX's own number for a type the protocol has no word for (16 = BFLOAT16, 22 = INT4). */
export type ElementType = Datatype | number;

export type ValueSpec = {
  readonly name: string;
  readonly datatype: ElementType;
  /** Numbers, symbolic names, or null for an unknown axis. Absent: the rank is unknown. */
  readonly shape?: readonly (number | string | null)[];
  /** `zipmap` is seq(map(INT64, tensor)), what scikit-learn exports. */
  readonly kind?: 'tensor' | 'sequence' | 'optional' | 'sparse' | 'zipmap';
};

export type TensorSpec = {
  readonly name?: string;
  readonly datatype: ElementType;
  readonly shape: readonly number[];
  /** Elements in row-major order; FP16 as its 16 bits, BOOL as 0 and 1, BYTES as strings. */
  readonly values?: readonly (number | bigint | string)[];
  /** The little-endian bytes, instead of `values`. Given beside `values` the tensor carries both. */
  readonly raw?: Uint8Array;
  /** Data in another file; keys are written as given. */
  readonly external?: Readonly<Record<string, string | number>>;
};

export type AttributeSpec =
  | { readonly int: number | bigint }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly tensor: TensorSpec }
  | { readonly graph: GraphSpec };

export type NodeSpec = {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
};

export type GraphSpec = {
  readonly graphName?: string;
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  readonly nodes: readonly NodeSpec[];
  readonly initializers?: readonly (TensorSpec & { readonly name: string })[];
  readonly sparseInitializers?: readonly { values: TensorSpec; indices: TensorSpec; shape: readonly number[] }[];
  readonly valueInfo?: readonly ValueSpec[];
};

export type FunctionSpec = {
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeSpec[];
  readonly opset?: Opset;
};

/** A version of `ai.onnx`, or versions by domain. */
export type Opset = number | Readonly<Record<string, number>>;

export type ModelSpec = GraphSpec & {
  /** Default 17. */
  readonly opset?: Opset;
  /** Default 8. */
  readonly irVersion?: number;
  readonly producer?: string;
  readonly functions?: readonly FunctionSpec[];
};

/**
 * Writes an ONNX model: for tests, examples and tools that need a small graph without Python. It writes what it is
 * told and checks nothing, so that tests can build broken models too.
 *
 * `buildModel({ inputs: [{ name: 'X', datatype: 'FP32', shape: ['N', 2] }], outputs: [{ name: 'Y', datatype: 'FP32',
 * shape: ['N', 1] }], nodes: [{ op: 'MatMul', inputs: ['X', 'W'], outputs: ['Y'] }], initializers: [{ name: 'W',
 * datatype: 'FP32', shape: [2, 1], values: [0.5, 2] }] })` is Y = X * W.
 */
export function buildModel(spec: ModelSpec): Uint8Array {
  return joined([
    integerField(1, spec.irVersion ?? 8),
    textField(2, spec.producer ?? 'callable'),
    bytesField(7, graph(spec)),
    ...opsets(8, spec.opset ?? 17),
    ...(spec.functions ?? []).map((local) => bytesField(25, localFunction(local))),
  ]);
}

function graph(spec: GraphSpec): Part[] {
  return [
    ...spec.nodes.map((each) => bytesField(1, node(each))),
    textField(2, spec.graphName ?? 'graph'),
    ...(spec.initializers ?? []).map((each) => bytesField(5, tensor(each))),
    ...spec.inputs.map((each) => bytesField(11, value(each))),
    ...spec.outputs.map((each) => bytesField(12, value(each))),
    ...(spec.valueInfo ?? []).map((each) => bytesField(13, value(each))),
    ...(spec.sparseInitializers ?? []).map((sparse) =>
      bytesField(15, [
        bytesField(1, tensor(sparse.values)),
        bytesField(2, tensor(sparse.indices)),
        dims(3, sparse.shape),
      ]),
    ),
  ];
}

function localFunction(spec: FunctionSpec): Part[] {
  return [
    textField(1, spec.name),
    ...spec.inputs.map((name) => textField(4, name)),
    ...spec.outputs.map((name) => textField(5, name)),
    ...spec.nodes.map((each) => bytesField(7, node(each))),
    ...opsets(9, spec.opset ?? 17),
    textField(10, spec.domain),
  ];
}

function opsets(field: number, opset: Opset): Part[] {
  const versions = typeof opset === 'number' ? { 'ai.onnx': opset } : opset;
  return Object.entries(versions).map(([domain, version]) =>
    bytesField(field, [textField(1, domain === 'ai.onnx' ? '' : domain), integerField(2, version)]),
  );
}

function node(spec: NodeSpec): Part[] {
  return [
    ...spec.inputs.map((name) => textField(1, name)),
    ...spec.outputs.map((name) => textField(2, name)),
    ...(spec.name === undefined ? [] : [textField(3, spec.name)]),
    textField(4, spec.op),
    ...Object.entries(spec.attributes ?? {}).map(([name, each]) =>
      bytesField(5, [textField(1, name), ...attribute(each)]),
    ),
    ...(spec.domain === undefined ? [] : [textField(7, spec.domain)]),
  ];
}

function attribute(spec: AttributeSpec): Part[] {
  if ('int' in spec) return [integerField(3, spec.int), integerField(20, 2)];
  if ('ints' in spec) return [...spec.ints.map((each) => integerField(8, each)), integerField(20, 7)];
  if ('float' in spec) return [floatField(2, spec.float), integerField(20, 1)];
  if ('floats' in spec) return [...spec.floats.map((each) => floatField(7, each)), integerField(20, 6)];
  if ('text' in spec) return [textField(4, spec.text), integerField(20, 3)];
  if ('texts' in spec) return [...spec.texts.map((each) => textField(9, each)), integerField(20, 8)];
  if ('tensor' in spec) return [bytesField(5, tensor(spec.tensor)), integerField(20, 4)];
  return [bytesField(6, graph(spec.graph)), integerField(20, 5)];
}

function tensor(spec: TensorSpec): Part[] {
  const external = Object.entries(spec.external ?? {});
  return [
    dims(1, spec.shape),
    integerField(2, elementCode(spec.datatype)),
    ...(spec.values ? [data(elementCode(spec.datatype), spec.values)] : []),
    ...(spec.name === undefined ? [] : [textField(8, spec.name)]),
    ...(spec.raw ? [bytesField(9, spec.raw)] : []),
    ...external.map(([key, entry]) => bytesField(13, [textField(1, key), textField(2, String(entry))])),
    ...(external.length > 0 ? [integerField(14, 1)] : []),
  ];
}

function data(code: number, values: readonly (number | bigint | string)[]): Part {
  if (code === 8) return joined(values.map((text) => textField(6, String(text))));
  if (code === 1 || code === 11) {
    const width = code === 1 ? 4 : 8;
    const bytes = new Uint8Array(values.length * width);
    const view = new DataView(bytes.buffer);
    for (const [index, each] of values.entries()) {
      if (code === 1) view.setFloat32(index * 4, Number(each), true);
      else view.setFloat64(index * 8, Number(each), true);
    }
    return bytesField(code === 1 ? 4 : 10, bytes);
  }
  const field = code === 7 ? 7 : code === 12 || code === 13 ? 11 : 5;
  return bytesField(
    field,
    values.map((each) => varint(typeof each === 'bigint' ? each : Number(each))),
  );
}

function value(spec: ValueSpec): Part[] {
  const code = elementCode(spec.datatype);
  const shape = (spec.shape ?? []).map((dim) =>
    bytesField(1, typeof dim === 'number' ? [integerField(1, dim)] : dim === null ? [] : [textField(2, dim)]),
  );
  const array = [integerField(1, code), ...(spec.shape ? [bytesField(2, shape)] : [])];
  const plain = bytesField(1, array);
  switch (spec.kind ?? 'tensor') {
    case 'tensor':
      return [textField(1, spec.name), bytesField(2, plain)];
    case 'sparse':
      return [textField(1, spec.name), bytesField(2, bytesField(8, array))];
    case 'sequence':
      return [textField(1, spec.name), bytesField(2, bytesField(4, bytesField(1, plain)))];
    case 'optional':
      return [textField(1, spec.name), bytesField(2, bytesField(9, bytesField(1, plain)))];
    case 'zipmap': {
      const map = bytesField(5, [integerField(1, 7), bytesField(2, plain)]);
      return [textField(1, spec.name), bytesField(2, bytesField(4, bytesField(1, map)))];
    }
  }
}

function dims(field: number, shape: readonly number[]): Part {
  return joined(shape.map((dim) => integerField(field, dim)));
}

function elementCode(datatype: ElementType): number {
  return typeof datatype === 'number' ? datatype : datatypes[datatype].onnx;
}
