// Models of one node, one for each operator, operator set and element types: what write-tables.mjs loads.

/** `TensorProto.DataType` by the names that schemas use. */
export const elementCodes = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  float8e8m0: 24,
  uint2: 25,
  int2: 26,
};

/** The node, its inputs and its outputs as a model of `buildModel`, or null for types that no model here can have. */
export function oneNodeModel(schema, opset, types, ir) {
  const typeOf = ({ type }) =>
    schema.op === 'Optional' && type === 'O' ? `optional(${types.V})` : (types[type] ?? type);
  const required = (list, least) =>
    list.flatMap((each, index) =>
      each.option === 'Variadic'
        ? Array.from({ length: Math.max(1, least - index) }, (_, more) => ({ ...each, name: `${each.name}${more}` }))
        : each.option === 'Single' || index < least
          ? [each]
          : [],
    );
  const asked = Math.max(schema.least.inputs, extra[schema.op]?.inputs ?? 0);
  const inputs = required(schema.inputs, asked).slice(0, extra[schema.op]?.most);
  const outputs = required(schema.outputs, Math.max(schema.least.outputs, 1));
  const values = { inputs: inputs.map((each) => value(`i_${each.name}`, typeOf(each))) };
  values.outputs = outputs.map((each) => value(`o_${each.name}`, typeOf(each)));
  if ([...values.inputs, ...values.outputs].includes(null)) return null;
  const attributes = attributesOf(schema, types, values);
  // What a branch takes from outside is an input of the model, and none of the node.
  const outer = schema.op === 'If' ? [{ ...values.outputs[0], name: 'outer' }] : [];
  const node = {
    op: schema.op,
    ...(schema.domain === 'ai.onnx' ? {} : { domain: schema.domain }),
    inputs: values.inputs.map(({ name }) => name),
    outputs: values.outputs.map(({ name }) => name),
    attributes,
  };
  // Of ai.onnx.ml the other operators do not matter; any set that every runtime has will do.
  const versions = schema.domain === 'ai.onnx' ? { 'ai.onnx': opset } : { 'ai.onnx': 17, [schema.domain]: opset };
  return { opset: versions, irVersion: ir, ...values, inputs: [...values.inputs, ...outer], nodes: [node] };
}

function value(name, type) {
  const tensor = /^(?:(seq|optional)\()?tensor\((\w+)\)\)?$/.exec(type);
  if (!tensor) return type === 'seq(map(int64, float))' ? { name, datatype: 1, kind: 'zipmap' } : null;
  const datatype = elementCodes[tensor[2]];
  if (datatype === undefined) return null;
  const kind = { seq: 'sequence', optional: 'optional' }[tensor[1]] ?? 'tensor';
  return { name, datatype, kind };
}

function attributesOf(schema, types, { inputs, outputs }) {
  const own = extra[schema.op]?.attributes?.({ schema, types, inputs, outputs }) ?? {};
  const known = new Set(schema.attributes.map(({ name }) => name));
  const given = Object.fromEntries(Object.entries(own).filter(([name]) => known.has(name)));
  for (const { name, type, required } of schema.attributes) {
    if (required && !Object.hasOwn(given, name)) given[name] = plain[type] ?? plain.INT;
  }
  return given;
}

const plain = {
  INT: { int: 1 },
  INTS: { ints: [1, 1] },
  FLOAT: { float: 1 },
  FLOATS: { floats: [1, 1] },
  STRING: { text: 'a' },
  STRINGS: { texts: ['a', 'b'] },
};

const ints = (...values) => ({ ints: values });
const floats = (...values) => ({ floats: values });
const codeOf = (type) => elementCodes[/tensor\((\w+)\)/.exec(type)?.[1]] ?? 1;
const scalar = (datatype, numbers = [0]) => ({
  datatype,
  shape: [numbers.length],
  ...(datatype === 8 ? { values: numbers.map(String) } : { raw: new Uint8Array(bytesOf(datatype) * numbers.length) }),
});
const bytesOf = (code) =>
  ({ 1: 4, 4: 2, 5: 2, 6: 4, 7: 8, 10: 2, 11: 8, 12: 4, 13: 8, 14: 8, 15: 16, 16: 2 })[code] ?? 1;
const same = (from, to) => ({ op: 'Identity', inputs: [from], outputs: [to] });
const branch = (output) => ({
  graph: {
    inputs: [],
    outputs: [{ ...output, name: 'b' }],
    nodes: [same('outer', 'b')],
  },
});
const condition = { name: 'c', datatype: 9 };
const lists = (types, index) => ({ [`${types}`]: index });
const keysOf = (what, type) => {
  const code = codeOf(type);
  if (code === 8) return lists(`${what}_strings`, { texts: ['a', 'b'] });
  if (code === 7) return lists(`${what}_int64s`, ints(0, 1));
  if (code === 1) return lists(`${what}_floats`, floats(0, 1));
  return lists(`${what}_tensor`, { tensor: scalar(code, [0, 1]) });
};

/** What a schema does not say: attributes that must fit each other, and graphs. */
const extra = {
  BitCast: { attributes: ({ types }) => ({ to: { int: codeOf(types.T2 ?? '') } }) },
  BitShift: { attributes: () => ({ direction: { text: 'LEFT' } }) },
  Cast: {
    attributes: ({ schema, types }) => ({
      to: schema.since === 1 ? { text: 'FLOAT' } : { int: codeOf(types.T2 ?? '') },
    }),
  },
  Constant: { attributes: ({ types }) => ({ value: { tensor: scalar(codeOf(types.T ?? '')) } }) },
  ConstantOfShape: { attributes: ({ types }) => ({ value: { tensor: scalar(codeOf(types.T2 ?? '')) } }) },
  Einsum: { attributes: () => ({ equation: { text: 'i->i' } }) },
  EyeLike: { attributes: ({ types }) => ({ dtype: { int: codeOf(types.T2 ?? '') } }) },
  RandomNormal: { attributes: ({ types }) => ({ dtype: { int: codeOf(types.T ?? '') } }) },
  RandomUniform: { attributes: ({ types }) => ({ dtype: { int: codeOf(types.T ?? '') } }) },
  RandomNormalLike: { attributes: ({ types }) => ({ dtype: { int: codeOf(types.T2 ?? '') } }) },
  RandomUniformLike: { attributes: ({ types }) => ({ dtype: { int: codeOf(types.T2 ?? '') } }) },
  Multinomial: { attributes: ({ types }) => ({ dtype: { int: codeOf(types.T2 ?? '') } }) },
  Bernoulli: { attributes: ({ types }) => ({ dtype: { int: codeOf(types.T2 ?? '') } }) },
  SequenceEmpty: { attributes: ({ types }) => ({ dtype: { int: codeOf(types.S ?? '') } }) },
  BlackmanWindow: { attributes: ({ types }) => ({ output_datatype: { int: codeOf(types.T2 ?? '') } }) },
  HammingWindow: { attributes: ({ types }) => ({ output_datatype: { int: codeOf(types.T2 ?? '') } }) },
  HannWindow: { attributes: ({ types }) => ({ output_datatype: { int: codeOf(types.T2 ?? '') } }) },
  MelWeightMatrix: { attributes: ({ types }) => ({ output_datatype: { int: codeOf(types.T3 ?? '') } }) },
  // The default of its own definition is refused by one of its kernels: both flags are needed there.
  QuantizeLinear: { inputs: 3 },
  DequantizeLinear: { inputs: 3 },
  MaxUnpool: { attributes: () => ({ kernel_shape: ints(2, 2), strides: ints(2, 2) }) },
  AveragePool: { attributes: () => ({ kernel_shape: ints(2, 2) }) },
  MaxPool: { attributes: () => ({ kernel_shape: ints(2, 2) }) },
  LpPool: { attributes: () => ({ kernel_shape: ints(2, 2) }) },
  Mod: { attributes: ({ types }) => ({ fmod: { int: [1, 10, 11, 16].includes(codeOf(types.T)) ? 1 : 0 } }) },
  GRU: { attributes: () => ({ hidden_size: { int: 2 } }) },
  LSTM: { attributes: () => ({ hidden_size: { int: 2 } }) },
  RNN: { attributes: () => ({ hidden_size: { int: 2 } }) },
  Resize: { inputs: 3 },
  Upsample: { attributes: () => ({ scales: floats(1, 1), mode: { text: 'nearest' } }) },
  GroupNormalization: { attributes: () => ({ num_groups: { int: 1 } }) },
  Attention: { attributes: () => ({ q_num_heads: { int: 1 }, kv_num_heads: { int: 1 } }) },
  RotaryEmbedding: { attributes: () => ({ num_heads: { int: 1 } }) },
  RegexFullMatch: { attributes: () => ({ pattern: { text: 'a' } }) },
  Split: { attributes: () => ({ num_outputs: { int: 1 } }) },
  TfIdfVectorizer: {
    attributes: ({ types }) => ({
      mode: { text: 'TF' },
      ngram_counts: ints(0),
      ngram_indexes: ints(0),
      min_gram_length: { int: 1 },
      max_gram_length: { int: 1 },
      max_skip_count: { int: 0 },
      ...(codeOf(types.T) === 8 ? { pool_strings: { texts: ['a'] } } : { pool_int64s: ints(1) }),
    }),
  },
  If: { attributes: ({ outputs: [output] }) => ({ then_branch: branch(output), else_branch: branch(output) }) },
  Loop: {
    inputs: 3,
    attributes: ({ inputs }) => {
      const carried = { ...inputs[2], name: 'v' };
      const nodes = [same('c', 'd'), same('v', 'w')];
      const outputs = [
        { ...condition, name: 'd' },
        { ...carried, name: 'w' },
      ];
      return { body: { graph: { inputs: [{ name: 'n', datatype: 7 }, condition, carried], outputs, nodes } } };
    },
  },
  Scan: {
    attributes: ({ schema, inputs }) => {
      const scanned = { ...inputs.at(-1), name: 'v' };
      return {
        num_scan_inputs: { int: 1 },
        body: { graph: { inputs: [scanned], outputs: [{ ...scanned, name: 'w' }], nodes: [same('v', 'w')] } },
        ...(schema.since === 8 ? { directions: ints(0) } : {}),
      };
    },
  },
  Optional: { inputs: 1 },
  SequenceMap: {
    most: 1,
    attributes: ({ inputs: [input] }) => {
      const item = { name: 'v', datatype: input.datatype };
      return { body: { graph: { inputs: [item], outputs: [{ ...item, name: 'w' }], nodes: [same('v', 'w')] } } };
    },
  },
  CategoryMapper: { attributes: () => ({ cats_strings: { texts: ['a'] }, cats_int64s: ints(1) }) },
  FeatureVectorizer: { attributes: () => ({ inputdimensions: ints(1) }) },
  Imputer: {
    attributes: ({ types }) =>
      [6, 7].includes(codeOf(types.T)) ? { imputed_value_int64s: ints(0) } : { imputed_value_floats: floats(0) },
  },
  LabelEncoder: {
    attributes: ({ schema, types }) =>
      schema.since === 1
        ? { classes_strings: { texts: ['a'] } }
        : { ...keysOf('keys', types.T1), ...keysOf('values', types.T2) },
  },
  LinearClassifier: {
    attributes: ({ types }) => ({
      coefficients: floats(1, 1),
      intercepts: floats(0, 0),
      ...(codeOf(types.T2) === 8 ? { classlabels_strings: { texts: ['a', 'b'] } } : { classlabels_ints: ints(0, 1) }),
    }),
  },
  LinearRegressor: { attributes: () => ({ coefficients: floats(1), intercepts: floats(0) }) },
  OneHotEncoder: {
    attributes: ({ types }) => (codeOf(types.T) === 8 ? { cats_strings: { texts: ['a'] } } : { cats_int64s: ints(1) }),
  },
  Scaler: { attributes: () => ({ offset: floats(0), scale: floats(1) }) },
  Normalizer: { attributes: () => ({ norm: { text: 'MAX' } }) },
  SVMRegressor: {
    attributes: () => ({ coefficients: floats(1), rho: floats(0), support_vectors: floats(1), n_supports: { int: 1 } }),
  },
  SVMClassifier: {
    attributes: ({ types }) => ({
      coefficients: floats(1, 1),
      rho: floats(0),
      ...(codeOf(types.T2) === 8 ? { classlabels_strings: { texts: ['a', 'b'] } } : { classlabels_ints: ints(0, 1) }),
    }),
  },
  TreeEnsembleClassifier: { attributes: ({ types }) => ({ ...tree('class'), ...labels(types) }) },
  TreeEnsembleRegressor: { attributes: () => ({ ...tree('target'), n_targets: { int: 1 } }) },
  TreeEnsemble: {
    attributes: ({ types }) => ({
      n_targets: { int: 1 },
      tree_roots: ints(0),
      nodes_featureids: ints(0),
      nodes_splits: { tensor: scalar(codeOf(types.T)) },
      nodes_modes: { tensor: scalar(2) },
      nodes_truenodeids: ints(0),
      nodes_falsenodeids: ints(1),
      nodes_trueleafs: ints(1),
      nodes_falseleafs: ints(1),
      leaf_targetids: ints(0, 0),
      leaf_weights: { tensor: scalar(codeOf(types.T), [0, 0]) },
    }),
  },
  ZipMap: { attributes: () => ({ classlabels_int64s: ints(0, 1) }) },
};

function labels(types) {
  return codeOf(types.T2) === 8 ? { classlabels_strings: { texts: ['a'] } } : { classlabels_int64s: ints(0) };
}

function tree(leaf) {
  return {
    nodes_treeids: ints(0),
    nodes_nodeids: ints(0),
    nodes_featureids: ints(0),
    nodes_modes: { texts: ['LEAF'] },
    nodes_values: floats(0),
    nodes_truenodeids: ints(0),
    nodes_falsenodeids: ints(0),
    [`${leaf}_treeids`]: ints(0),
    [`${leaf}_nodeids`]: ints(0),
    [`${leaf}_ids`]: ints(0),
    [`${leaf}_weights`]: floats(1),
  };
}
