/**
 * By operator the sets that gave it a meaning of its own; `x` where it was taken out, `?name` where only a node with
 * that attribute is another. Steps that only allow more element types are left out. From the schemas of onnx 1.23.2 by
 * `node scripts/write-operators.mjs`; do not edit.
 */
export const operatorHistory = {
  'ai.onnx': `
Abs 1 6 13
Acos 7
Acosh 9
Add 1 6 7 14
AffineGrid 20
And 1 7
ArgMax 1 11 12 13
ArgMin 1 11 12 13
Asin 7
Asinh 9
Atan 7
Atanh 9
Attention 23 24 25
AveragePool 1 7 10 11 19 22
BatchNormalization 1 6 7 9 14 15
Bernoulli 15
BitCast 26
BitShift 11 28
BitwiseAnd 18
BitwiseNot 18
BitwiseOr 18
BitwiseXor 18
BlackmanWindow 17
Cast 1 6 9 13 19 24
CastLike 15 19 24
CausalConvWithState 27
Ceil 1 6 13
Celu 12
CenterCropPad 18
Clip 1 6 11 13
Col2Im 18
Compress 9 11
Concat 1 4 11
ConcatFromSequence 11
Constant 1 11 12
ConstantOfShape 9
Conv 1 11
ConvInteger 10
ConvTranspose 1 11
Cos 7
Cosh 9
CumProd 26
CumSum 11
DFT 17 20
DeformConv 19
DepthToSpace 1 11 13
DequantizeLinear 10 13 19 21 23
Det 11
Div 1 6 7 14
Dropout 1 6 7 10 12 22
DynamicQuantizeLinear 11
Einsum 12
Elu 1 6
Equal 1 7
Erf 9
Exp 1 6
Expand 8
EyeLike 9 22
Flatten 1 11
Floor 1 6 13
GRU 1 3 7 14
Gather 1 11 13
GatherElements 11 13
GatherND 11 12 13
Gelu 20
Gemm 1 6 7 11 13
GlobalAveragePool 1
GlobalLpPool 1 2
GlobalMaxPool 1
Greater 1 7
GreaterOrEqual 12
GridSample 16 20
GroupNormalization x18 21
HammingWindow 17
HannWindow 17
HardSigmoid 1 6
HardSwish 14
Hardmax 1 11 13
Identity 1 14
If 1 11
ImageDecoder 20
InstanceNormalization 1 6
IsInf 10
IsNaN 9
LRN 1 13
LSTM 1 7 14 22
LayerNormalization 17
LeakyRelu 1 6
Less 1 7
LessOrEqual 12
LinearAttention 27
Log 1 6
LogSoftmax 1 11 13
Loop 1 11 13 16
LpNormalization 1
LpPool 1 2 11 18
MatMul 1
MatMulInteger 10
Max 1 6 8
MaxPool 1 8 10 11 12 22
MaxRoiPool 1
MaxUnpool 9 11
Mean 1 6 8
MeanVarianceNormalization 9 13
MelWeightMatrix 17
Min 1 6 8
Mish 18
Mod 10 13
Mul 1 6 7 14
Multinomial 7
Neg 1 6
NegativeLogLikelihoodLoss 12 13
NonMaxSuppression 10 11
NonZero 9
Not 1
OneHot 9 11
Optional 15
OptionalGetElement 15 18
OptionalHasElement 15 18
Or 1 7
PRelu 1 6 7
Pad 1 2 11 13 18 19
Pow 1 7 12 13
QLinearConv 10
QLinearMatMul 10 21
QuantizeLinear 10 13 19 21 23
RMSNormalization 23
RNN 1 7 14
RandomNormal 1
RandomNormalLike 1
RandomUniform 1
RandomUniformLike 1
Range 11 27?stash_type
Reciprocal 1 6
ReduceL1 1 11 13 18
ReduceL2 1 11 13 18
ReduceLogSum 1 11 13 18
ReduceLogSumExp 1 11 13 18
ReduceMax 1 11 12 13 18 20
ReduceMean 1 11 13 18
ReduceMin 1 11 12 13 18 20
ReduceProd 1 11 13 18
ReduceSum 1 11 13
ReduceSumSquare 1 11 13 18
RegexFullMatch 20
Relu 1 6
Reshape 1 5 14
Resize 10 11 13 18 19
ReverseSequence 10
RoiAlign 10 16
RotaryEmbedding 23
Round 11
STFT 17
Scan 8 9 11
Scatter 9 x11
ScatterElements 11 16 18
ScatterND 11 16 18
Selu 1 6
SequenceAt 11
SequenceConstruct 11
SequenceEmpty 11
SequenceErase 11
SequenceInsert 11
SequenceLength 11
SequenceMap 17
Shape 1 15
Shrink 9
Sigmoid 1 6
Sign 9
Sin 7
Sinh 9
Size 1
Slice 1 10 11 13
Softmax 1 11 13
SoftmaxCrossEntropyLoss 12 13
Softplus 1
Softsign 1
SpaceToDepth 1 28?mode
Split 1 2 11 13 18
SplitToSequence 11
Sqrt 1 6
Squeeze 1 11 13
StringConcat 20
StringNormalizer 10
StringSplit 20
Sub 1 6 7 14
Sum 1 6 8
SwiGLU 28
Swish 24
Tan 7
Tanh 1 6
TensorScatter 24
TfIdfVectorizer 9
ThresholdedRelu 10
Tile 1 6
TopK 1 10 11
Transpose 1 21
Trilu 14
Unique 11
Unsqueeze 1 11 13
Upsample 1 7 9 x10
Where 9
Xor 1 7
`,
  'ai.onnx.ml': `
ArrayFeatureExtractor 1
Binarizer 1
CastMap 1
CategoryMapper 1
DictVectorizer 1
FeatureVectorizer 1
Imputer 1
LabelEncoder 1 2 4
LinearClassifier 1
LinearRegressor 1
Normalizer 1
OneHotEncoder 1
SVMClassifier 1
SVMRegressor 1
Scaler 1
TreeEnsemble 5
TreeEnsembleClassifier 1 3 x5
TreeEnsembleRegressor 1 3 x5
ZipMap 1
`,
} as const;

/** The newest sets those schemas know. */
export const newestOpsets = { 'ai.onnx': 28, 'ai.onnx.ml': 5 } as const;
