import { describeMachine } from '../process/describe-machine.ts';
import { findRunner } from '../process/find-runner.ts';
import type { RuntimeRow } from '../runtime-row.ts';
import { pinnedWasm } from './pinned-wasm.ts';
import { graphOptimization, withoutTelemetry } from './settings.ts';

/** The file is copied into the module's memory and read there into structures of its own: 2 GiB hold this much. */
const largestModelBytes = 2 ** 29;
/** Weights in files of their own are copied once. */
const largestWeightBytes = 2 ** 30;

/** The pinned wasm build, whose answers are the same bytes on every machine. */
export const wasmRow: RuntimeRow = {
  runner: findRunner('onnx/main-wasm.js'),
  args: (memoryBytes) => [String(Math.min(memoryBytes, pinnedWasm.memoryBytes))],
  environment: withoutTelemetry,
  streams: false,
  // The engine reserves 10 GB around a wasm memory, so that an access beyond it hits nothing (measured: 11.6 GB in all).
  emptyRunnerBytes: 20 * 1024 ** 3,
  refuse({ bytes }) {
    if (!bytes || (bytes.model <= largestModelBytes && bytes.companions <= largestWeightBytes)) return null;
    return `The model has ${bytes.model + bytes.companions} bytes, more than the wasm runtime has room for.`;
  },
  async describe(_source, version) {
    return {
      runtime: 'onnxruntime-web',
      binarySha256: pinnedWasm.sha256,
      threads: 1,
      version,
      ...describeMachine(),
      settings: { executionProvider: 'wasm', graphOptimization },
    };
  },
};
