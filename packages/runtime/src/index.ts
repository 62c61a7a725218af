export { loadAdjudicator } from './adjudicator/load-adjudicator.ts';
export { nameRuntime } from './adjudicator/name-runtime.ts';
export { runTensors, type TensorRun } from './adjudicator/run-tensors.ts';
export { createRunnerPool, type RunnerPoolOptions } from './pool/create-runner-pool.ts';
export { createRuntimes } from './pool/create-runtimes.ts';
export { peakBytes } from './process/limit-memory.ts';
export { type Inspection, inspectRelease } from './releases/inspect-release.ts';
export type { ReleaseOnDisk } from './releases/release-on-disk.ts';
export type {
  LoadedModel,
  LoadVerdict,
  ModelCall,
  ModelLimits,
  ModelSource,
  RunOptions,
  Runtime,
  RuntimeInfo,
  RunVerdict,
} from './runtime.ts';
export type { RuntimeRow, RuntimeTable } from './runtime-row.ts';
export { runtimeTable } from './runtime-table.ts';
