export { loadOnWasm } from './adjudicator/load-on-wasm.ts';
export { nameRuntime } from './adjudicator/name-runtime.ts';
export { runTensors, type TensorRun } from './adjudicator/run-tensors.ts';
export { createRunnerPool, type RunnerPoolOptions } from './create-runner-pool.ts';
export { peakBytes } from './limit-memory.ts';
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
