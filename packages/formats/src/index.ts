export { type ByteSource, bytesSource } from './bytes-source.ts';
export { describeMismatch } from './describe-mismatch.ts';
export { findFormat, unknownFormat } from './find-format.ts';
export type {
  Format,
  FormatTable,
  InspectOptions,
  InspectVerdict,
  Rewrite,
  RewriteOptions,
  UploadedFile,
} from './format.ts';
export { formatTable } from './format-table.ts';
export { type FindingCode, type FindingKind, findingCodes, type RejectReason } from './onnx/inspect/finding-codes.ts';
export { inspectModel, type OnnxSummary } from './onnx/inspect/inspect-model.ts';
export { foldingLocales } from './onnx/inspect/locales.ts';
export { measuredWith } from './onnx/operators/native-kernels.ts';
export { sniffedBytes, sniffFormat } from './sniff-format.ts';
