export { createRunnerPool, type RunnerPoolOptions } from './create-runner-pool.ts';
export { peakBytes } from './limit-memory.ts';
export type {
  LoadedModel,
  LoadReason,
  LoadVerdict,
  ModelCall,
  ModelExit,
  ModelLimits,
  ModelSource,
  OutputShapes,
  RunReason,
  Runtime,
  RuntimeInfo,
  RunVerdict,
} from './runtime.ts';
