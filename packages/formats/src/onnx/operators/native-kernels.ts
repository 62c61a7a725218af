/**
 * What the runtime of nodes has, found by loading a model of one node for each operator, operator set and element type:
 * `operator from-to type=letters | …`. By `node scripts/write-operators.mjs`; do not edit.
 */
export const nativeKernels = {
  'ai.onnx': `
Abs 6-26 T=fBbHhiqedIQ
Acos 7-26 T=fe
Acosh 9-26 T=fe
Add 7-13 T=fiqedIQ | 14-26 T=fBbHhiqedIQ
AffineGrid 20-26 T1=fed T2=q
And 7-26 T=? T1=?
ArgMax 1-10 T=fBbiqd | 11-26 T=fBbiqed
ArgMin 1-10 T=fBbiqd | 11-26 T=fBbiqed
Asin 7-26 T=fe
Asinh 9-26 T=fe
Atan 7-26 T=fe
Atanh 9-26 T=fe
Attention 23-26 T1=fed T2=fed U=fBbHhiq?edIQg
AveragePool 7-26 T=fe
BatchNormalization 7-13 T=fed | 14-14 T=fed U=fed | 15-26 T=fed T1=fed T2=fed
Bernoulli 15-21 T1=fed T2=fBbHhiq?edIQg
BitCast 26-26 T1=fBbHhiqedIQg T2=fBbHhiqedIQg
BitShift 11-26 T=BIQ
BitwiseAnd 18-26 T=BbHhiqIQ
BitwiseNot 18-26 T=BbHhiqIQ
BitwiseOr 18-26 T=BbHhiqIQ
BitwiseXor 18-26 T=BbHhiqIQ
BlackmanWindow 17-26 T1=iq T2=fBbHhiqedIQg
Cast 6-8 T1=fBbHhiq?edIQ T2=fBbHhiq?edIQ | 9-12 T1=fBbHhiqs?edIQ T2=fBbHhiqs?edIQ | 13-18 T1=fBbHhiqs?edIQg T2=fBbHhiqs?edIQg | 19-20 T1=fBbHhiqs?edIQg1234 T2=fBbHhiqs?edIQg1234 | 21-23 T1=fBbHhiqs?edIQg123456 T2=fBbHhiqs?edIQg123456 | 24-24 T1=fBbHhiqs?edIQg1234568 T2=fBbHhiqs?edIQg1234568 | 25-26 T1=fBbHhiqs?edIQg123456890 T2=fBbHhiqs?edIQg123456890
CastLike 15-18 T1=fBbHhiqs?edIQg T2=fBbHhiqs?edIQg | 19-20 T1=fBbHhiqs?edIQg1234 T2=fBbHhiqs?edIQg1234 | 21-23 T1=fBbHhiqs?edIQg123456 T2=fBbHhiqs?edIQg123456 | 24-24 T1=fBbHhiqs?edIQg1234568 T2=fBbHhiqs?edIQg1234568 | 25-26 T1=fBbHhiqs?edIQg123456890 T2=fBbHhiqs?edIQg123456890
Ceil 6-26 T=fed
Celu 12-26 T=f
CenterCropPad 18-26 T=fBbiq?edIQ Tind=q
Clip 6-11 T=fe | 12-12 T=fBbiqedIQ | 13-26 T=fBbHhiqedIQg
Col2Im 18-26 T=fe
Compress 9-26 T=fBbHhiqs?edIQ T1=?
Concat 4-12 T=fBbHhiqs?edIQ | 13-26 T=fBbHhiqs?edIQg
ConcatFromSequence 11-26 T=fBbHhiqs?edIQ
Constant 1-8 T=fed | 9-12 T=fBbHhiqs?edIQ | 13-18 T=fBbHhiqs?edIQg | 19-20 T=fBbHhiqs?edIQg1234 | 21-22 T=fBbHhiqs?edIQg123456 | 23-23 T=fBbHhiqs?edIQg1234567 | 24-24 T=fBbHhiqs?edIQg12345678 | 25-26 T=fBbHhiqs?edIQg1234567890
ConstantOfShape 9-19 T1=q T2=fBbHhiq?edIQ | 20-26 T1=q T2=fBbHhiq?edIQg1234
Conv 1-10 T=f | 11-26 T=fe
ConvInteger 10-26 T1=Bb T2=Bb T3=i
ConvTranspose 1-10 T=f | 11-26 T=fe
Cos 7-26 T=fed
Cosh 9-26 T=fe
CumProd 26-26 T=fiqedIQ T2=iq
CumSum 11-13 T=fiqd T2=iq | 14-26 T=fiqed T2=iq
DFT 17-26 T1=fed T2=iq
DeformConv 19-26 T=fed
DepthToSpace 1-10 T=fd | 11-26 T=fBbed
DequantizeLinear 10-18 T=Bbi | 19-20 T1=Bbi1234 T2=fe | 21-22 T1=BbHhi123456 T2=fe | 23-24 T1=BbHhi123456 T2=fe T3=fe | 25-26 T1=BbHhi12345690 T2=fe T3=fe
Det 11-26 T=fe
Div 7-13 T=fiqedIQ | 14-26 T=fBbHhiqedIQ
Dropout 7-9 T=fed | 10-11 T=fed T1=? | 12-21 T=fed T1=fed T2=? | 22-26 T=fed T1=fedg1234 T2=?
DynamicQuantizeLinear 11-26 T1=f T2=B
Einsum 12-26 T=fiqed
Elu 6-26 T=fe
Equal 7-10 T=iq? T1=? | 11-18 T=fBbHhiq?edIQ T1=? | 19-26 T=fBbHhiqs?edIQ T1=?
Erf 9-26 T=fe
Exp 6-26 T=fed
Expand 8-26 T=fBbHhiqs?edIQ
EyeLike 9-26 T1=fiqedQ T2=fiqedQ
Flatten 1-8 T=fed | 9-12 T=fBbHhiqs?edIQ | 13-26 T=fBbHhiqs?edIQg
Floor 6-26 T=fed
GRU 7-26 T=fed T1=i
Gather 1-12 T=fBbHhiqs?edIQ Tind=iq | 13-26 T=fBbHhiqs?edIQg Tind=iq
GatherElements 11-12 T=fBbHhiqs?edIQ Tind=iq | 13-26 T=fBbHhiqs?edIQg Tind=iq
GatherND 11-12 T=fBbHhiqs?edIQ | 13-26 T=fBbHhiqs?edIQg
Gelu 20-26 T=fe
Gemm 7-26 T=fed
GlobalAveragePool 1-21 T=f | 22-26 T=fe
GlobalLpPool 2-21 T=f
GlobalMaxPool 1-21 T=f | 22-26 T=fe
Greater 7-8 T=fed T1=? | 9-26 T=fBbHhiqedIQ T1=?
GreaterOrEqual 12-26 T=fBbHhiqedIQ T1=?
GridSample 16-19 T1=fe T2=fe | 20-26 T1=fed T2=fed
GroupNormalization 21-26 T=fed
HammingWindow 17-26 T1=iq T2=fBbHhiqedIQg
HannWindow 17-26 T1=iq T2=fBbHhiqedIQg
HardSigmoid 6-26 T=fe
HardSwish 14-26 T=fe
Hardmax 1-10 T=f | 11-26 T=fe
Identity 1-12 T=fBbHhiqs?edIQ | 13-13 T=fBbHhiqs?edIQg | 14-18 V=fBbHhiqs?edIQg | 19-26 V=fBbHhiqs?edIQg1234
If 1-15 V=fBbHhiqs?edIQ B=? | 16-18 V=fBbHhiqs?edIQg B=? | 19-26 V=fBbHhiqs?edIQg1234 B=?
ImageDecoder
InstanceNormalization 6-26 T=fe
IsInf 10-19 T1=fd T2=? | 20-26 T1=fedg1234 T2=?
IsNaN 9-19 T1=fed T2=? | 20-26 T1=fedg1234 T2=?
LRN 1-12 T=f | 13-26 T=fe
LSTM 7-26 T=fed T1=i
LayerNormalization 17-26 T=fedg U=fg
LeakyRelu 6-15 T=fe | 16-26 T=fed
Less 7-8 T=fed T1=? | 9-26 T=fBbHhiqedIQ T1=?
LessOrEqual 12-26 T=fBbHhiqedIQ T1=?
Log 6-26 T=fed
LogSoftmax 1-10 T=fd | 11-26 T=fed
Loop 1-15 V=fBbHhiqs?edIQ I=q B=? | 16-18 V=fBbHhiqs?edIQg I=q B=? | 19-26 V=fBbHhiqs?edIQg1234 I=q B=?
LpNormalization 1-21 T=fd | 22-26 T=fed
LpPool 2-10 T=f | 11-26 T=fe
MatMul 1-8 T=fd | 9-26 T=fiqedIQ
MatMulInteger 10-26 T1=Bb T2=Bb T3=i
Max 6-7 T=fe | 8-11 T=fed | 12-26 T=fBbiqedIQ
MaxPool 1-7 T=f | 8-11 T=fed I=q | 12-26 T=fBbed I=q
MaxRoiPool 1-21 T=f
MaxUnpool 9-26 T1=fe T2=q
Mean 6-26 T=fe
MeanVarianceNormalization 9-26 T=f
MelWeightMatrix 17-26 T1=iq T2=fe T3=fBbHhiqdIQ
Min 6-7 T=fe | 8-11 T=fed | 12-26 T=fBbiqedIQ
Mish 18-21 T=fed | 22-26 T=fe
Mod 10-26 T=fBbHhiqedIQ
Mul 7-13 T=fiqedIQ | 14-26 T=fBbHhiqedIQ
Multinomial 7-21 T1=fe T2=iq
Neg 6-26 T=fbhiqed
NegativeLogLikelihoodLoss 12-26 T=fed Tind=iq
NonMaxSuppression 10-26
NonZero 9-26 T=fBiq?e
Not 1-26 T=?
OneHot 9-26 T1=fiqe T2=fiqe T3=fiqse
Optional 15-26 V=fBbHhiqs?edIQ
OptionalGetElement 15-17 V=fBbHhiqs?edIQ | 18-26 O=fBbHhiqs?edIQ V=fBbHhiqs?edIQ
OptionalHasElement 15-17 B=? | 18-26 O=fBbHhiqs?edIQcC B=?
Or 7-26 T=? T1=?
PRelu 7-15 T=fe | 16-26 T=fiqed
Pad 2-10 T=fd | 11-12 T=fBbiqedIQ | 13-17 T=fBbiq?edIQ | 18-26 T=fBbiq?edIQ Tind=iq
Pow 7-11 T=fed | 12-26 T=fiqed T1=fiqed
QLinearConv 10-26 T1=Bb T2=Bb T3=Bb T4=i
QLinearMatMul 10-20 T1=Bb T2=Bb T3=Bb | 21-26 TS=fe T1=Bb T2=Bb T3=Bb
QuantizeLinear 10-18 T1=f T2=Bb | 19-20 T1=fe T2=Bb1234 | 21-22 T1=fe T2=BbHh123456 | 23-24 T1=fe T2=fe T3=BbHh123456 | 25-26 T1=fe T2=fe T3=BbHh12345690
RMSNormalization 23-26 T=fed V=fed
RNN 7-26 T=fe T1=i
RandomNormal 1-21 T=fd
RandomNormalLike 1-21 T1=fBbHhiqs?edIQ T2=fd
RandomUniform 1-21 T=fd
RandomUniformLike 1-21 T1=fBbHhiqs?edIQ T2=fd
Range 11-26 T=fhiqd
Reciprocal 6-26 T=fed
ReduceL1 1-10 T=fiqd | 11-26 T=fiqed
ReduceL2 1-10 T=fiqd | 11-26 T=fiqed
ReduceLogSum 1-10 T=fiqd | 11-26 T=fiqed
ReduceLogSumExp 1-10 T=fiqd | 11-17 T=fiqed | 18-26 T=fiqedIQg
ReduceMax 1-10 T=fiqd | 11-11 T=fiqed | 12-19 T=fBbiqed | 20-26 T=fBbiq?ed
ReduceMean 1-10 T=fiqd | 11-26 T=fiqed
ReduceMin 1-10 T=fiqd | 11-11 T=fiqed | 12-19 T=fBbiqed | 20-26 T=fBbiq?ed
ReduceProd 1-10 T=fiqd | 11-26 T=fiqed
ReduceSum 1-10 T=fiqd | 11-26 T=fiqed
ReduceSumSquare 1-10 T=fiqd | 11-26 T=fiqed
RegexFullMatch 20-26 T1=s T2=?
Relu 6-13 T=fed | 14-26 T=fbied
Reshape 1-4 T=fed | 5-12 T=fBbHhiqs?edIQ | 13-20 T=fBbHhiqs?edIQg | 21-26 T=fBbHhiqs?edIQg1234
Resize 10-10 T=fBbie | 11-26 T1=fBbie T2=fed
ReverseSequence 10-26 T=fBbHhiqs?edIQ
RoiAlign 10-21 T1=fed T2=q
RotaryEmbedding 23-26 T=fe M=q
Round 11-26 T=fed
STFT 17-26 T1=fed T2=iq
Scan 8-8 I=q V=fBbHhiqs?edIQ | 9-15 V=fBbHhiqs?edIQ | 16-18 V=fBbHhiqs?edIQg | 19-26 V=fBbHhiqs?edIQg1234
Scatter 9-10 T=fBbHhiqs?edIQ Tind=iq
ScatterElements 11-12 T=fBbHhiqs?edIQ Tind=iq | 13-26 T=fBbHhiqs?edIQg Tind=iq
ScatterND 11-12 T=fBbHhiqs?edIQ | 13-26 T=fBbHhiqs?edIQg
Selu 6-26 T=fe
SequenceAt 11-26 T=fBbHhiqs?edIQ I=iq
SequenceConstruct 11-26 T=fBbHhiqs?edIQ
SequenceEmpty 11-26
SequenceErase 11-26 I=iq
SequenceInsert 11-26 T=fBbHhiqs?edIQ I=iq
SequenceLength 11-26 I=q
SequenceMap 17-26 V=fBbHhiqs?edIQcC
Shape 1-12 T=fBbHhiqs?edIQ T1=q | 13-20 T=fBbHhiqs?edIQg T1=q | 21-26 T=fBbHhiqs?edIQg1234 T1=q
Shrink 9-26 T=fBbHhiqedIQ
Sigmoid 6-26 T=fed
Sign 9-12 T=fBbHhiqedIQ | 13-26 T=fBbHhiqedIQg
Sin 7-26 T=fed
Sinh 9-26 T=fe
Size 1-12 T=fBbHhiqs?dIQ T1=q | 13-26 T=fBbHhiqs?edIQ T1=q
Slice 1-9 T=fBbHhiqs?edIQ | 10-12 T=fBbHhiqs?edIQ Tind=iq | 13-26 T=fBbHhiqs?edIQg Tind=iq
Softmax 1-10 T=fd | 11-26 T=fed
SoftmaxCrossEntropyLoss 12-26 T=fed Tind=iq
Softplus 1-21 T=f | 22-26 T=fe
Softsign 1-21 T=f | 22-26 T=fe
SpaceToDepth 1-12 T=fBbd | 13-26 T=fBbed
Split 2-12 T=fBbHhiqs?edIQ | 13-26 T=fBbHhiqs?edIQg
SplitToSequence 11-26 T=fiqs?ed I=iq
Sqrt 6-26 T=fed
Squeeze 1-12 T=fBbHhiqs?edIQ | 13-26 T=fBbHhiqs?edIQg
StringConcat 20-26 T=s
StringNormalizer 10-26
StringSplit 20-26 T1=s T2=s T3=q
Sub 7-13 T=fiqedIQ | 14-26 T=fBbHhiqedIQ
Sum 6-26 T=fed
Swish 24-24 T=fed
Tan 7-26 T=fe
Tanh 6-26 T=fed
TensorScatter 24-26 T=fBbHhiq?edIQg
TfIdfVectorizer 9-26 T=iqs T1=f
ThresholdedRelu 10-26 T=fe
Tile 6-26 T=fBbHhiqs?edIQ T1=q
TopK 1-9 T=fd I=q | 10-10 T=fed I=q | 11-26 T=fBbhiqed I=q
Transpose 1-12 T=fBbHhiqs?edIQ | 13-20 T=fBbHhiqs?edIQg | 21-24 T=fBbHhiqs?edIQg123456 | 25-26 T=fBbHhiqs?edIQg12345690
Trilu 14-26 T=fiq?ed
Unique 11-26 T=fbqsed
Unsqueeze 1-12 T=fBbHhiqs?edIQ | 13-26 T=fBbHhiqs?edIQg
Upsample 7-9 T=fBbie
Where 9-26 B=? T=fBiqsed
Xor 7-26 T=? T1=?
`,
  'ai.onnx.ml': `
ArrayFeatureExtractor 1-5 T=fiqsd
Binarizer 1-5 T=f
CategoryMapper 1-5 T1=qs T2=qs
FeatureVectorizer 1-5 T1=fiqd
Imputer 1-5 T=fq
LabelEncoder 1-1 T1=qs T2=qs | 2-3 T1=fqs T2=fqs | 4-5 T1=fqsd T2=fhqsd
LinearClassifier 1-5 T1=fiqd T2=qs
LinearRegressor 1-5 T=f
Normalizer 1-5 T=fiqd
OneHotEncoder 1-5 T=fqsd
SVMClassifier 1-5 T1=fiqd T2=qs
SVMRegressor 1-5 T=f
Scaler 1-5 T=fiqd
TreeEnsemble 5-5 T=fd
TreeEnsembleClassifier 1-4 T1=fiqd T2=qs
TreeEnsembleRegressor 1-4 T=fd
ZipMap 1-5
`,
} as const;

/** The newest IR version and operator sets it reads. */
export const readVersions = {
  ir: 13,
  opsets: { 'ai.onnx': 26, 'ai.onnx.ml': 5 },
} as const;

/** The releases this was measured with. */
export const measuredWith = { native: '1.30.0', wasm: '1.30.0', onnx: '1.23.2' } as const;
