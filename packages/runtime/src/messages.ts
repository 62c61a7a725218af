import type { InputProblem, TensorSpec } from '@callable/protocol';
import type { LoadReason, ModelCall, OutputShapes, RunReason } from './runtime.ts';

/** From the node to a runner; the body of a run is the caller's. */
export type Order =
  | {
      type: 'load';
      directory: string;
      entry: string;
      externalFiles: readonly string[];
      inputs: readonly TensorSpec[];
      outputs: readonly TensorSpec[];
      threads: number;
    }
  | { type: 'run'; encoding: ModelCall['encoding']; salt: string };

/** From a runner to the node; the body of `ran` is the outputs. */
export type Report =
  | { type: 'ready'; version: string }
  | { type: 'loaded'; shapes: OutputShapes }
  | { type: 'refused'; reason: LoadReason; message: string }
  | { type: 'ran'; id?: string; inputDigest: string; outputDigest: string; runMs: number }
  | { type: 'input'; problem: InputProblem }
  | { type: 'failed'; reason: RunReason; message: string };
