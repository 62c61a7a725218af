import { limits } from './limits.ts';

/** Why a model cannot be published. Part of the API: the words never change their meaning. */
export type RejectReason =
  | 'NotAModel'
  | 'LfsPointer'
  | 'Truncated'
  | 'UnsupportedFormat'
  | 'UnsupportedOperator'
  | 'UnsupportedOpset'
  | 'UploadIncomplete'
  | 'InvalidModel'
  | 'UnsafeModel';

/** Every code a finding can carry: the reason it rejects with, or null where it only warns. */
export const findingCodes = {
  EmptyFile: 'NotAModel',
  NotOnnx: 'NotAModel',
  Malformed: 'NotAModel',
  NoGraph: 'NotAModel',
  GitLfsPointer: 'LfsPointer',
  FileTruncated: 'Truncated',
  ExternalRangeBeyondFile: 'Truncated',
  ForeignFormat: 'UnsupportedFormat',
  NonTensorInput: 'UnsupportedFormat',
  NonTensorOutput: 'UnsupportedFormat',
  UnsupportedDatatype: 'UnsupportedFormat',
  UnknownOperator: 'UnsupportedOperator',
  UnsupportedIrVersion: 'UnsupportedOpset',
  UnsupportedOpsetVersion: 'UnsupportedOpset',
  NoOpset: 'UnsupportedOpset',
  ExternalFileMissing: 'UploadIncomplete',
  ConflictingOpset: 'InvalidModel',
  GraphCycle: 'InvalidModel',
  DuplicateName: 'InvalidModel',
  MissingProducer: 'InvalidModel',
  InvalidSignature: 'InvalidModel',
  UnknownTensorType: 'InvalidModel',
  InvalidDimensions: 'InvalidModel',
  TensorSizeMismatch: 'InvalidModel',
  TensorDataWrongField: 'InvalidModel',
  DuplicateField: 'UnsafeModel',
  DualTensorData: 'UnsafeModel',
  UnknownModelField: 'UnsafeModel',
  LimitExceeded: 'UnsafeModel',
  UnsafeExternalPath: 'UnsafeModel',
  UnsafeExternalEntry: 'UnsafeModel',
  ExternalDataInAttribute: 'UnsafeModel',
  TrainingInfo: 'UnsafeModel',
  RecursiveFunction: 'UnsafeModel',
  FunctionBomb: 'UnsafeModel',
  FunctionShadowsOperator: 'UnsafeModel',
  OutputBomb: 'UnsafeModel',
  ZipMapOutput: null,
  UnboundedLoop: null,
  NonDeterministic: null,
  MixedSignInt8: null,
  MissingOpset: null,
  OldOpset: null,
  UnknownField: null,
  UnknownRank: null,
} as const satisfies Record<string, RejectReason | null>;

export type FindingCode = keyof typeof findingCodes;

export type Finding = {
  readonly code: FindingCode;
  readonly severity: 'refuse' | 'warn';
  /** One sentence: what is wrong and what to do about it. */
  readonly message: string;
  /** Where in the model, for example `graph.node[3] Conv`; empty where it is about the whole file. */
  readonly place: string;
};

/** Findings of one inspection; a hostile model cannot make the list long. */
export type Findings = {
  readonly list: Finding[];
  dropped: number;
  add(code: FindingCode, place: string, message: string): void;
};

export function openFindings(): Findings {
  const list: Finding[] = [];
  let refusals = 0;
  return {
    list,
    dropped: 0,
    add(code, place, message) {
      // One fault seen from many places (a limit, a type used all over) is one finding.
      if (list.some((finding) => finding.code === code && finding.place === place)) return;
      const severity = findingCodes[code] === null ? 'warn' : 'refuse';
      // A flood of warnings must not push out the first finding that refuses.
      const room = list.length < limits.findings || (severity === 'refuse' && refusals === 0);
      if (severity === 'refuse') refusals += 1;
      if (room) list.push({ code, severity, message, place });
      else this.dropped += 1;
    },
  };
}

/** Hostile names inside messages: short, one line, visibly quoted. */
export function quoted(name: string): string {
  const short = name.length > 80 ? `${name.slice(0, 77)}...` : name;
  return JSON.stringify(short);
}
