import { type StatedFinding, warn } from './check-findings.ts';

/** Why the wasm runtime gave no answer, as a finding: it warns, and is nothing against the release. */
export function describeTrouble(
  { reason, message }: { reason: string; message: string },
  doing: 'loading' | 'running',
): StatedFinding {
  switch (reason) {
    case 'TimedOut':
      return warn('TooSlowForWasm', `The wasm runtime was given up ${doing} the model: ${message}`);
    case 'OutOfMemory':
      return warn('TooLargeForWasm', `The wasm runtime had no room for the model: ${message}`);
    case 'RunnerDied':
      return warn('CrashesOnWasm', `The wasm runtime ended ${doing} the model: ${message}`);
    default:
      return warn('NotRunnableOnWasm', `The wasm runtime cannot answer for this model: ${message}`);
  }
}
