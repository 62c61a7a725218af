import { describeMachine } from '../process/describe-machine.ts';
import { findRunner } from '../process/find-runner.ts';
import type { RuntimeRow } from '../runtime-row.ts';
import { hashRuntime } from './hash-runtime.ts';
import { graphOptimization, withoutTelemetry } from './settings.ts';

/** onnxruntime's native library on the processor. */
export const nativeRow: RuntimeRow = {
  runner: findRunner('onnx/main.js'),
  environment: withoutTelemetry,
  streams: false,
  // Measured on Node 20: an empty runner with the library loaded maps 0.8 GB and does not start below 1.2 GB; newer
  // versions reserve more. This only bounds a runner until its model is known.
  emptyRunnerBytes: 4 * 1024 ** 3,
  async describe({ threads = 1 }, version) {
    return {
      runtime: 'onnxruntime-node',
      binarySha256: await hashRuntime(),
      threads,
      version,
      ...describeMachine(),
      settings: { executionProvider: 'cpu', graphOptimization },
    };
  },
};
