import { emptyRun, type Payload, type Run } from '../wire/message-fields.ts';

/** The messages of ONNX as an inspection sees them: structure and names, without the weights. */
export type Model = {
  irVersion: number;
  producerName: string;
  producerVersion: string;
  domain: string;
  opsets: Opset[];
  graph: Graph | null;
  functions: LocalFunction[];
  trainingInfos: number;
};
export type Opset = { domain: string; version: number };
export type Graph = {
  name: string;
  nodes: Node[];
  initializers: Tensor[];
  sparseInitializers: SparseTensor[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
};
export type Node = {
  op: string;
  domain: string;
  overload: string;
  inputs: string[];
  outputs: string[];
  attributes: Attribute[];
};
export type Attribute = {
  name: string;
  integer: number | null;
  /** Null where the field is absent: written but empty is not the same to every parser. */
  integers: Run | null;
  text: Payload | null;
  texts: Run | null;
  float: Run | null;
  floats: Run | null;
  tensor: Tensor | null;
  tensors: Tensor[];
  graphs: Graph[];
  sparseTensors: SparseTensor[];
};
export type Tensor = {
  name: string;
  dims: Run;
  datatype: number;
  segment: boolean;
  raw: Payload | null;
  floats: Run | null;
  int32s: Run | null;
  texts: Run | null;
  int64s: Run | null;
  doubles: Run | null;
  uint64s: Run | null;
  externalLocation: number;
  external: { key: string; value: string }[];
};
export type SparseTensor = { values: Tensor | null; indices: Tensor | null; dims: Run };
export type LocalFunction = {
  name: string;
  domain: string;
  overload: string;
  inputs: string[];
  outputs: string[];
  nodes: Node[];
  opsets: Opset[];
  attributes: Attribute[];
};
export type ValueInfo = { name: string; type: ValueType };
export type ValueType = {
  kind: 'none' | 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse' | 'opaque';
  datatype: number;
  keyType: number;
  shape: (number | string)[] | null;
  element: ValueType | null;
};

export function newModel(): Model {
  return {
    irVersion: 0,
    producerName: '',
    producerVersion: '',
    domain: '',
    opsets: [],
    graph: null,
    functions: [],
    trainingInfos: 0,
  };
}

export function newGraph(): Graph {
  return { name: '', nodes: [], initializers: [], sparseInitializers: [], inputs: [], outputs: [] };
}

export function newNode(): Node {
  return { op: '', domain: '', overload: '', inputs: [], outputs: [], attributes: [] };
}

export function newAttribute(): Attribute {
  return {
    name: '',
    integer: null,
    integers: null,
    text: null,
    texts: null,
    float: null,
    floats: null,
    tensor: null,
    tensors: [],
    graphs: [],
    sparseTensors: [],
  };
}

export function newTensor(): Tensor {
  return {
    name: '',
    dims: emptyRun(),
    datatype: 0,
    segment: false,
    raw: null,
    floats: null,
    int32s: null,
    texts: null,
    int64s: null,
    doubles: null,
    uint64s: null,
    externalLocation: 0,
    external: [],
  };
}

export function newSparseTensor(): SparseTensor {
  return { values: null, indices: null, dims: emptyRun() };
}

export function newFunction(): LocalFunction {
  return {
    name: '',
    domain: '',
    overload: '',
    inputs: [],
    outputs: [],
    nodes: [],
    opsets: [],
    attributes: [],
  };
}

export function newValueType(): ValueType {
  return { kind: 'none', datatype: 0, keyType: 0, shape: null, element: null };
}
