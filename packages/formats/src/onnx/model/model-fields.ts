import { emptyRun, entered, type Field, type Fields, fields, type Run } from '../wire/message-fields.ts';
import {
  type Attribute,
  type Graph,
  type LocalFunction,
  type Model,
  type Node,
  newAttribute,
  newFunction,
  newGraph,
  newNode,
  newSparseTensor,
  newTensor,
  newValueType,
  type Opset,
  type SparseTensor,
  type Tensor,
  type ValueInfo,
  type ValueType,
} from './messages.ts';

/**
 * The field numbers of ONNX's protobuf schema, IR version 13. Fields read as `skip` are known and harmless: texts for
 * people, annotations, and what early IR versions used and later ones dropped.
 */
const skip = { kind: 'skip' } as const;

const textOf = <T>(set: (target: T, value: string) => void): Field<T> => ({ kind: 'text', once: true, set });
const textsOf = <T>(set: (target: T, value: string) => void): Field<T> => ({ kind: 'text', once: false, set });
const integerOf = <T>(set: (target: T, value: number) => void): Field<T> => ({ kind: 'integer', once: true, set });
const runOf = <T>(width: 'varint' | 4 | 8, run: (target: T) => Run): Field<T> => ({ kind: 'run', width, run });
const oneOf = <T, U>(table: () => Fields<U>, open: (target: T) => U): Field<T> => ({
  kind: 'message',
  once: true,
  enter: (target) => entered(table(), open(target)),
});
const manyOf = <T, U>(table: () => Fields<U>, open: (target: T) => U): Field<T> => ({
  kind: 'message',
  once: false,
  enter: (target) => entered(table(), open(target)),
});

function pushed<U>(list: U[], item: U): U {
  list.push(item);
  return item;
}

const entryFields = fields<{ key: string; value: string }>('StringStringEntryProto', {
  1: textOf((entry, key) => (entry.key = key)),
  2: textOf((entry, value) => (entry.value = value)),
});

const tensorFields = fields<Tensor>('TensorProto', {
  1: runOf('varint', (tensor) => tensor.dims),
  2: integerOf((tensor, datatype) => (tensor.datatype = datatype)),
  3: oneOf(
    () => segmentFields,
    (tensor) => {
      tensor.segment = true;
      return {};
    },
  ),
  4: runOf(4, (tensor) => (tensor.floats ??= emptyRun())),
  5: runOf('varint', (tensor) => (tensor.int32s ??= emptyRun())),
  6: { kind: 'blobs', run: (tensor) => (tensor.texts ??= emptyRun()) },
  7: runOf('varint', (tensor) => (tensor.int64s ??= emptyRun())),
  8: textOf((tensor, name) => (tensor.name = name)),
  // A second raw_data would win over the first in protobuf and hide it from a reviewer's tool.
  9: { kind: 'blob', once: true, set: (tensor, raw) => (tensor.raw = raw) },
  10: runOf(8, (tensor) => (tensor.doubles ??= emptyRun())),
  11: runOf('varint', (tensor) => (tensor.uint64s ??= emptyRun())),
  12: skip,
  13: manyOf(
    () => entryFields,
    (tensor) => pushed(tensor.external, { key: '', value: '' }),
  ),
  14: integerOf((tensor, location) => (tensor.externalLocation = location)),
  16: skip,
});

const segmentFields = fields<object>('TensorProto.Segment', { 1: skip, 2: skip });

const sparseFields = fields<SparseTensor>('SparseTensorProto', {
  1: oneOf(
    () => tensorFields,
    (sparse) => (sparse.values = newTensor()),
  ),
  2: oneOf(
    () => tensorFields,
    (sparse) => (sparse.indices = newTensor()),
  ),
  3: runOf('varint', (sparse) => sparse.dims),
});

const attributeFields = fields<Attribute>('AttributeProto', {
  1: textOf((attribute, name) => (attribute.name = name)),
  2: runOf(4, (attribute) => (attribute.float ??= emptyRun())),
  3: integerOf((attribute, integer) => (attribute.integer = integer)),
  4: { kind: 'blob', once: true, set: (attribute, text) => (attribute.text = text) },
  5: oneOf(
    () => tensorFields,
    (attribute) => (attribute.tensor = newTensor()),
  ),
  6: oneOf(
    () => graphFields,
    (attribute) => pushed(attribute.graphs, newGraph()),
  ),
  7: runOf(4, (attribute) => (attribute.floats ??= emptyRun())),
  8: runOf('varint', (attribute) => (attribute.integers ??= emptyRun())),
  9: { kind: 'blobs', run: (attribute) => (attribute.texts ??= emptyRun()) },
  10: manyOf(
    () => tensorFields,
    (attribute) => pushed(attribute.tensors, newTensor()),
  ),
  11: manyOf(
    () => graphFields,
    (attribute) => pushed(attribute.graphs, newGraph()),
  ),
  13: skip,
  14: skip,
  15: skip,
  20: skip,
  21: skip,
  22: oneOf(
    () => sparseFields,
    (attribute) => pushed(attribute.sparseTensors, newSparseTensor()),
  ),
  23: manyOf(
    () => sparseFields,
    (attribute) => pushed(attribute.sparseTensors, newSparseTensor()),
  ),
});

const nodeFields = fields<Node>('NodeProto', {
  1: textsOf((node, name) => node.inputs.push(name)),
  2: textsOf((node, name) => node.outputs.push(name)),
  3: skip,
  4: textOf((node, op) => (node.op = op)),
  5: manyOf(
    () => attributeFields,
    (node) => pushed(node.attributes, newAttribute()),
  ),
  6: skip,
  7: textOf((node, domain) => (node.domain = domain)),
  8: textOf((node, overload) => (node.overload = overload)),
  9: skip,
  10: skip,
});

const opsetFields = fields<Opset>('OperatorSetIdProto', {
  1: textOf((opset, domain) => (opset.domain = domain)),
  2: integerOf((opset, version) => (opset.version = version)),
});

type Dimensions = (number | string)[];
type Dimension = { into: Dimensions; index: number };

const dimensionFields = fields<Dimension>('TensorShapeProto.Dimension', {
  1: integerOf((dimension, value) => (dimension.into[dimension.index] = value)),
  2: textOf((dimension, name) => (dimension.into[dimension.index] = name)),
  3: skip,
});

const shapeFields = fields<Dimensions>('TensorShapeProto', {
  1: manyOf(
    () => dimensionFields,
    (shape) => ({ into: shape, index: shape.push('') - 1 }),
  ),
});

const arrayTypeFields = fields<ValueType>('TypeProto.Tensor', {
  1: integerOf((type, datatype) => (type.datatype = datatype)),
  2: oneOf(
    () => shapeFields,
    (type) => {
      type.shape = [];
      return type.shape;
    },
  ),
});

const nestedTypeFields = fields<ValueType>('TypeProto.Sequence', {
  1: oneOf(
    () => typeFields,
    (type) => (type.element = newValueType()),
  ),
});

const mapTypeFields = fields<ValueType>('TypeProto.Map', {
  1: integerOf((type, keyType) => (type.keyType = keyType)),
  2: oneOf(
    () => typeFields,
    (type) => (type.element = newValueType()),
  ),
});

const opaqueTypeFields = fields<ValueType>('TypeProto.Opaque', { 1: skip, 2: skip });

const kindOf = (kind: ValueType['kind'], table: () => Fields<ValueType>): Field<ValueType> =>
  oneOf(table, (type) => {
    // Two kinds in one type: protobuf takes the last, so does this.
    Object.assign(type, newValueType(), { kind });
    return type;
  });

const typeFields: Fields<ValueType> = fields<ValueType>('TypeProto', {
  1: kindOf('tensor', () => arrayTypeFields),
  4: kindOf('sequence', () => nestedTypeFields),
  5: kindOf('map', () => mapTypeFields),
  6: skip,
  7: kindOf('opaque', () => opaqueTypeFields),
  8: kindOf('sparse', () => arrayTypeFields),
  9: kindOf('optional', () => nestedTypeFields),
});

const valueFields = fields<ValueInfo>('ValueInfoProto', {
  1: textOf((value, name) => (value.name = name)),
  2: oneOf(
    () => typeFields,
    (value) => value.type,
  ),
  3: skip,
  4: skip,
});

const newValue = (): ValueInfo => ({ name: '', type: newValueType() });

const graphFields: Fields<Graph> = fields<Graph>('GraphProto', {
  1: manyOf(
    () => nodeFields,
    (graph) => pushed(graph.nodes, newNode()),
  ),
  2: textOf((graph, name) => (graph.name = name)),
  3: skip,
  4: skip,
  5: manyOf(
    () => tensorFields,
    (graph) => pushed(graph.initializers, newTensor()),
  ),
  6: skip,
  7: skip,
  8: skip,
  9: skip,
  10: skip,
  11: manyOf(
    () => valueFields,
    (graph) => pushed(graph.inputs, newValue()),
  ),
  12: manyOf(
    () => valueFields,
    (graph) => pushed(graph.outputs, newValue()),
  ),
  13: skip,
  14: skip,
  15: manyOf(
    () => sparseFields,
    (graph) => pushed(graph.sparseInitializers, newSparseTensor()),
  ),
  16: skip,
});

const functionFields = fields<LocalFunction>('FunctionProto', {
  1: textOf((local, name) => (local.name = name)),
  2: skip,
  3: skip,
  4: textsOf((local, name) => local.inputs.push(name)),
  5: textsOf((local, name) => local.outputs.push(name)),
  6: skip,
  7: manyOf(
    () => nodeFields,
    (local) => pushed(local.nodes, newNode()),
  ),
  8: skip,
  9: manyOf(
    () => opsetFields,
    (local) => pushed(local.opsets, { domain: '', version: 0 }),
  ),
  10: textOf((local, domain) => (local.domain = domain)),
  11: manyOf(
    () => attributeFields,
    (local) => pushed(local.attributes, newAttribute()),
  ),
  12: skip,
  13: textOf((local, overload) => (local.overload = overload)),
  14: skip,
});

const trainingFields = fields<object>('TrainingInfoProto', { 1: skip, 2: skip, 3: skip, 4: skip });

export const modelFields = fields<Model>('ModelProto', {
  1: integerOf((model, version) => (model.irVersion = version)),
  2: textOf((model, name) => (model.producerName = name)),
  3: textOf((model, version) => (model.producerVersion = version)),
  4: textOf((model, domain) => (model.domain = domain)),
  5: skip,
  6: skip,
  7: oneOf(
    () => graphFields,
    (model) => (model.graph = newGraph()),
  ),
  8: manyOf(
    () => opsetFields,
    (model) => pushed(model.opsets, { domain: '', version: 0 }),
  ),
  // Tokenizers and label maps of any size travel here; nothing of it is needed.
  14: skip,
  20: manyOf(
    () => trainingFields,
    (model) => {
      model.trainingInfos += 1;
      return {};
    },
  ),
  25: manyOf(
    () => functionFields,
    (model) => pushed(model.functions, newFunction()),
  ),
  26: skip,
  30: skip,
});
