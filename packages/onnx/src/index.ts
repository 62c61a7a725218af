export type { ExternalFile, UploadedFile } from './inspect/check-external-tensor.ts';
export { type Finding, type FindingCode, findingCodes, type RejectReason } from './inspect/findings.ts';
export { type InspectOptions, type InspectVerdict, inspectModel, type ModelSummary } from './inspect/inspect-model.ts';
export type { SignatureValue } from './inspect/read-signature.ts';
export { type ByteSource, bytesSource } from './wire/bytes-source.ts';
