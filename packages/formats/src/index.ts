export type { ExternalFile, UploadedFile } from './onnx/inspect/check-external-tensor.ts';
export { type FindingCode, type FindingKind, findingCodes, type RejectReason } from './onnx/inspect/finding-codes.ts';
export type { Finding } from './onnx/inspect/findings.ts';
export {
  type InspectOptions,
  type InspectVerdict,
  inspectModel,
  type ModelSummary,
} from './onnx/inspect/inspect-model.ts';
export type { SignatureValue } from './onnx/inspect/read-signature.ts';
export { rewriteZipMap, type ZipMapRewrite } from './onnx/rewrite/rewrite-zip-map.ts';
export { type ByteSource, bytesSource } from './onnx/wire/bytes-source.ts';
