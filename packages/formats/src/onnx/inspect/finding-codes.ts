/** Why a model cannot be published. Part of the API: the words never change their meaning. */
export type RejectReason =
  | 'NotAModel'
  | 'LfsPointer'
  | 'Truncated'
  | 'UnsupportedFormat'
  | 'UnsupportedOperator'
  | 'UnsupportedOpset'
  | 'UnsupportedValueType'
  | 'UploadIncomplete'
  | 'InvalidModel'
  | 'UnsafeModel';

/** One kind of finding: the reason a release is refused with, or null where it only warns, and what it means. */
export type FindingKind = { readonly reason: RejectReason | null; readonly means: string };

const refuse = (reason: RejectReason, means: string): FindingKind => ({ reason, means });
const warn = (means: string): FindingKind => ({ reason: null, means });

/** Every code a finding of the inspection can carry. Part of the API: never renamed, never with another meaning. */
export const findingCodes = {
  EmptyFile: refuse('NotAModel', 'The file has no bytes.'),
  NotOnnx: refuse('NotAModel', 'A web page, JSON or something else that no ONNX model begins with.'),
  Malformed: refuse('NotAModel', 'The bytes stop being ONNX in the middle.'),
  NoGraph: refuse('NotAModel', 'An ONNX file without a graph.'),
  GitLfsPointer: refuse('LfsPointer', 'The pointer that Git LFS leaves in place of a file.'),
  FileTruncated: refuse('Truncated', 'The file ends before its parts do.'),
  ExternalRangeBeyondFile: refuse('Truncated', 'A tensor takes its data from behind the end of a file of the upload.'),
  ForeignFormat: refuse(
    'UnsupportedFormat',
    "Another format: an archive, a pickle, GGUF, TensorFlow Lite, the runtime's own .ort format and the like.",
  ),
  NonTensorInput: refuse('UnsupportedValueType', 'An input is a sequence, map, optional or sparse tensor.'),
  NonTensorOutput: refuse('UnsupportedValueType', 'An output is a sequence, map, optional or sparse tensor.'),
  UnsupportedDatatype: refuse('UnsupportedValueType', 'An input or output has a datatype no call can carry.'),
  UnknownOperator: refuse(
    'UnsupportedOperator',
    'An operator outside the list of what a node runs: exact names for ai.onnx, ai.onnx.ml and com.microsoft.',
  ),
  TextNotUtf8: refuse(
    'UnsupportedValueType',
    'A text in the model is not UTF-8, and an output is text: no caller could be told it, and two texts could become one.',
  ),
  UnknownLocale: refuse('UnsupportedOperator', 'A StringNormalizer that folds case by a locale no node has.'),
  UnsupportedIrVersion: refuse('UnsupportedOpset', 'The file format is newer than the runtime.'),
  UnsupportedOpsetVersion: refuse('UnsupportedOpset', 'The operator set is newer than the runtime.'),
  NoOpset: refuse('UnsupportedOpset', 'The model does not say which operator set it is written for.'),
  ExternalFileMissing: refuse('UploadIncomplete', 'The model needs a file that is not part of the upload.'),
  ConflictingOpset: refuse('InvalidModel', 'One domain is imported in two versions.'),
  GraphCycle: refuse('InvalidModel', 'Nodes wait for each other in a circle.'),
  DuplicateName: refuse('InvalidModel', 'A value or function is defined twice.'),
  MissingProducer: refuse('InvalidModel', 'A node uses a value that nothing produces.'),
  InvalidSignature: refuse('InvalidModel', 'The inputs or outputs cannot be called: none, nameless or without a type.'),
  UnknownTensorType: refuse('InvalidModel', 'A tensor has an element type that does not exist.'),
  InvalidDimensions: refuse('InvalidModel', 'A shape is negative, too long or overflows when multiplied out.'),
  TensorSizeMismatch: refuse('InvalidModel', 'A tensor has more or fewer bytes than its shape and type need.'),
  TensorDataWrongField: refuse('InvalidModel', 'A tensor keeps its data in the field of another type.'),
  WindowRankMismatch: refuse(
    'InvalidModel',
    'A convolution whose kernel, strides, dilations or pads have another number of axes than its weights or its input, which ONNX forbids.',
  ),
  DuplicateField: refuse('UnsafeModel', 'A field that may appear once appears twice: two parsers read two models.'),
  DualTensorData: refuse('UnsafeModel', 'A tensor carries its data twice: reviewers see other weights than are run.'),
  DualAttributeValue: refuse('UnsafeModel', 'An attribute of a node has values of two kinds: tools may read either.'),
  UnknownModelField: refuse('UnsafeModel', 'An unknown part of the model, or bytes behind its end.'),
  LimitExceeded: refuse('UnsafeModel', 'More bytes, depth, nodes, tensors or names than any model needs.'),
  UnsafeExternalPath: refuse('UnsafeModel', 'External data outside the upload: an absolute or parent path, a URL.'),
  MemoryAddressPath: refuse('UnsafeModel', "External data at an address of the runtime's own memory."),
  UnsafeExternalEntry: refuse('UnsafeModel', 'External data described by unknown, repeated or broken entries.'),
  ExternalDataInAttribute: refuse(
    'UnsafeModel',
    'External data where reviewers do not look: in a sparse tensor, a node attribute, a default of a function.',
  ),
  TrainingInfo: refuse('UnsafeModel', 'The model carries a training step.'),
  RecursiveFunction: refuse('UnsafeModel', 'A function calls itself.'),
  FunctionBomb: refuse('UnsafeModel', 'Function calls that become too many nodes, or too deep, once expanded.'),
  FunctionShadowsOperator: refuse(
    'UnsafeModel',
    'A function with the name of an operator, or in a domain of the runtime: the graph does not mean what it says.',
  ),
  OutputBomb: refuse('UnsafeModel', 'Constants in the graph make the runtime allocate far beyond what was uploaded.'),
  OversizedSignature: refuse('UnsafeModel', 'An input or output whose fixed shape no call could carry.'),
  ZipMapOutput: warn('A list of maps, as scikit-learn exports it; publishing rewrites it to a tensor.'),
  UnboundedLoop: warn('A Loop that counts to a huge number and whose condition never ends it.'),
  NonDeterministic: warn('An operator that answers at random, so answers cannot be audited.'),
  MixedSignInt8: warn(
    'Unsigned activations meet signed weights that use all 8 bits: CPUs differ by a quarter of the range, so answers cannot be audited. Weights within 7 bits are exact everywhere.',
  ),
  FragileOperator: warn(
    'An operator whose kernel lately had a fault in ONNX Runtime. It runs in the fence, as all do.',
  ),
  DecidesByInput: warn(
    'An If or Where decides by the plain values of an input. Ordinary models do so too, and a hidden trigger would look the same: which it is cannot be decided from the graph.',
  ),
  MissingOpset: warn('Operators of a domain whose version the model does not say.'),
  OldOpset: warn('An operator set older than the runtime promises to run.'),
  UnknownField: warn('A part inside the model that this version does not know and nodes ignore.'),
  StoredInput: warn(
    'An input with a stored value: runtimes of other languages let callers set it, here it stays as stored.',
  ),
  UnknownRank: warn('An input that does not declare its shape.'),
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof findingCodes;
