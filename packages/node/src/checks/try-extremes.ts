import type { Manifest, Tensor } from '@callable/protocol';
import type { LoadedModel } from '@callable/runtime';
import { runTensors, type TensorRun } from '@callable/runtime';
import { type CheckFindingCode, type StatedFinding, warn } from './check-findings.ts';
import { extremeInputs } from './extreme-inputs.ts';

export type ExtremeOptions = {
  salt: Uint8Array;
  /** Of one run, milliseconds. */
  deadlineMs: number;
  /** After this no further input is tried, milliseconds. */
  budgetMs: number;
  signal: AbortSignal;
};

/**
 * What the model does with values at the ends of its datatypes. Refusing them is honest; dying or hanging is shown, so
 * that callers and nodes know. Ends at the first death: a fresh process would have to load the model again each time.
 */
export async function tryExtremes(
  model: LoadedModel,
  example: readonly Tensor[],
  specs: Manifest['inputs'],
  { salt, deadlineMs, budgetMs, signal }: ExtremeOptions,
): Promise<StatedFinding[]> {
  const began = performance.now();
  const findings: StatedFinding[] = [];
  for (const { name, inputs } of extremeInputs(example, specs)) {
    if (performance.now() - began > budgetMs)
      return [...findings, warn('ChecksCutShort', `Not tried: ${name} and after.`)];
    const run = await runTensors(model, inputs, { salt, deadlineMs, signal });
    if (run.ok) continue;
    const code = codes[run.reason];
    if (code) findings.push(warn(code, `On ${name}: ${run.message}`));
    if (code && run.reason !== 'OutOfMemory') return findings;
  }
  return findings;
}

const codes: Record<Extract<TensorRun, { ok: false }>['reason'], CheckFindingCode | null> = {
  RunFailed: null,
  RunnerDied: 'CrashesOnExtremeInput',
  TimedOut: 'HangsOnExtremeInput',
  OutOfMemory: 'ExhaustsMemoryOnExtremeInput',
};
