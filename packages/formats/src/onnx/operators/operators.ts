import { readVersions } from './native-kernels.ts';

/**
 * What a node can run. Found by asking the pinned runtime (onnxruntime 1.30, CPU) for every operator name it contains,
 * at the first and the last supported opset; names with a schema but no kernel (ImageDecoder) are left out.
 */
export type OperatorDomain = {
  readonly name: string;
  readonly maxVersion: number;
  readonly operators: ReadonlySet<string>;
};

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Highest IR version the runtime reads. */
export const maxIrVersion: number = readVersions.ir;

/** Below this opset the runtime promises nothing, though many models load. */
export const oldestPromisedOpset = 7;

export const operatorDomains: readonly OperatorDomain[] = [
  {
    name: 'ai.onnx',
    maxVersion: readVersions.opsets['ai.onnx'],
    operators: words(`
  Abs Acos Acosh Add Affine AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool
  BatchNormalization Bernoulli BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast
  CastLike Ceil Celu CenterCropPad Clip Col2Im Compress Concat ConcatFromSequence Constant ConstantOfShape
  Conv ConvInteger ConvTranspose Cos Cosh Crop CumProd CumSum DFT DeformConv DepthToSpace DequantizeLinear Det
  Div Dropout DynamicQuantizeLinear DynamicSlice Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU
  GRUUnit Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater
  GreaterOrEqual GridSample GroupNormalization HammingWindow HannWindow HardSigmoid HardSwish Hardmax Identity
  If ImageScaler InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log
  LogSoftmax Loop LpNormalization LpPool MatMul MatMulInteger Max MaxPool MaxRoiPool MaxUnpool Mean
  MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul Multinomial Neg NegativeLogLikelihoodLoss
  NonMaxSuppression NonZero Not OneHot Optional OptionalGetElement OptionalHasElement Or PRelu Pad
  ParametricSoftplus Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN RandomNormal
  RandomNormalLike RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum
  ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare RegexFullMatch Relu
  Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round STFT Scale ScaledTanh Scan Scatter
  ScatterElements ScatterND Selu SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert
  SequenceLength SequenceMap Shape Shrink Sigmoid Sign SimplifiedLayerNormalization Sin Sinh Size Slice
  Softmax SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth Split SplitToSequence Sqrt Squeeze
  StringConcat StringNormalizer StringSplit Sub Sum Swish Tan Tanh TensorScatter TfIdfVectorizer
  ThresholdedRelu Tile TopK Transpose Trilu Unique Unsqueeze Upsample Where Xor
`),
  },
  {
    name: 'ai.onnx.ml',
    maxVersion: readVersions.opsets['ai.onnx.ml'],
    operators: words(`
  ArrayFeatureExtractor Binarizer CastMap CategoryMapper DictVectorizer FeatureVectorizer Imputer LabelEncoder
  LinearClassifier LinearRegressor Normalizer OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsemble
  TreeEnsembleClassifier TreeEnsembleRegressor ZipMap
`),
  },
  // Only the fused and quantised operators that exporters write. Left out on purpose: generation loops (BeamSearch,
  // GreedySearch, Sampling), CropAndResize and EmbedLayerNormalization, whose kernels had memory bugs this year, EPContext
  // and Snpe, which load foreign binaries, and everything without a CPU kernel.
  {
    name: 'com.microsoft',
    maxVersion: 1,
    operators: words(`
  Attention BiasGelu DequantizeLinear DynamicQuantizeLSTM DynamicQuantizeMatMul ExpandDims FastGelu FusedConv
  FusedGemm FusedMatMul GatherBlockQuantized GatherND Gelu GridSample GroupQueryAttention Inverse MatMulBnb4
  MatMulInteger16 MatMulIntegerToFloat MatMulNBits MaxpoolWithMask MultiHeadAttention NGramRepeatBlock
  NhwcMaxPool Pad QAttention QGemm QLinearAdd QLinearAveragePool QLinearConcat QLinearConv
  QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearReduceMean QLinearSigmoid QLinearSoftmax
  QLinearWhere QuantizeLinear QuickGelu Range ReduceSumInteger RotaryEmbedding SkipLayerNormalization
  SkipSimplifiedLayerNormalization Tokenizer TransposeMatMul Trilu Unique
`),
  },
];

/** Allowed, but with memory bugs in versions of the last two years (27265, 27950, 27699, 28706); worse ones are left out. */
export const fragileOperators = words(
  'ai.onnx.ml.ArrayFeatureExtractor ai.onnx.ml.SVMClassifier ai.onnx.ml.SVMRegressor Col2Im',
);

/** What the runtime has and nodes do not run: loops of text generation and kernels with memory bugs. */
export const withheldOperators = words(
  'com.microsoft.BeamSearch com.microsoft.GreedySearch com.microsoft.Sampling com.microsoft.CropAndResize com.microsoft.EmbedLayerNormalization',
);

/** `ai.onnx` is the written-out name of the empty domain. */
export function domainName(domain: string): string {
  return domain === '' ? 'ai.onnx' : domain;
}

/**
 * Domains in which the runtime has operators of its own beside those that are allowed: there it may prefer its kernel to
 * a function of the same name, and run what nobody inspected.
 */
export function isOfRuntime(domain: string): boolean {
  return /^(?:com\.microsoft|com\.ms|ai\.onnx\.preview|ai\.onnx\.training)(?:\.|$)/.test(domain);
}

/** An operator as people write it: `Conv`, `ai.onnx.ml.ZipMap`. */
export function operatorName(domain: string, op: string): string {
  return domain === '' || domain === 'ai.onnx' ? op : `${domain}.${op}`;
}
