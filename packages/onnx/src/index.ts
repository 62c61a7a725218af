export {
  type AttributeSpec,
  buildModel,
  type ElementType,
  type FunctionSpec,
  type GraphSpec,
  type ModelSpec,
  type NodeSpec,
  type Opset,
  type TensorSpec,
  type ValueSpec,
} from './build/build-model.ts';
export type { ExternalFile, UploadedFile } from './inspect/check-external-tensor.ts';
export { type FindingCode, type FindingKind, findingCodes, type RejectReason } from './inspect/finding-codes.ts';
export type { Finding } from './inspect/findings.ts';
export { type InspectOptions, type InspectVerdict, inspectModel, type ModelSummary } from './inspect/inspect-model.ts';
export type { SignatureValue } from './inspect/read-signature.ts';
export { rewriteZipMap, type ZipMapRewrite } from './rewrite/rewrite-zip-map.ts';
export { type ByteSource, bytesSource } from './wire/bytes-source.ts';
