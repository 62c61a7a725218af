import type { StatementBody } from '@callable/protocol';

/** What the bounded run can find, each with what it means. All of it only warns: the vectors decide. */
export const checkFindings = {
  CrashesOnExtremeInput:
    'An input at an end of its datatype, without a number or without rows ends the process of the model. Such a call costs only itself, yet three of them end the service of the release for a while.',
  HangsOnExtremeInput: 'With such an input the model does not end in a time far beyond that of its vectors.',
  ExhaustsMemoryOnExtremeInput: 'With such an input the model asks for more memory than it may have.',
  CrashesOnSeededInput: 'Made-up values in the range of the first vector end the process of the model.',
  HangsOnSeededInput: 'With made-up values in the range of the first vector the model does not end in time.',
  AnswersVary: 'The same input gave two different answers on one machine, so answers cannot be audited.',
  RuntimesDisagree:
    'The native and the wasm runtime give answers further apart than a tolerance could allow, so only the bytes of the wasm runtime prove an answer wrong.',
  VectorFailsOnWasm:
    'The native runtime passes the vectors and the pinned wasm runtime does not. Where nodes disagree the wasm runtime decides: record the vector with a wider tolerance.',
  NotRunnableOnWasm: 'The pinned wasm runtime refuses the model or its inputs, so there is no canonical answer.',
  CrashesOnWasm:
    'The pinned wasm runtime ended while it loaded or ran the model, inside its sandbox. The native runtime may have the same fault.',
  TooLargeForWasm: 'The model needs more memory than the pinned wasm runtime has, so there is no canonical answer.',
  TooSlowForWasm: 'The pinned wasm runtime did not finish within the time a check may take.',
  NoWasmHere: 'The node that made this check could not start the pinned wasm runtime; others may have.',
  ChecksCutShort: 'The time a check may take ended before every input was tried.',
} as const;

export type CheckFindingCode = keyof typeof checkFindings;

export type StatedFinding = NonNullable<StatementBody<'release.validated'>['findings']>[number];

export function warn(code: CheckFindingCode, message: string, place?: string): StatedFinding {
  return { code, severity: 'warn', message: message.slice(0, 1000), ...(place ? { place: place.slice(0, 200) } : {}) };
}
