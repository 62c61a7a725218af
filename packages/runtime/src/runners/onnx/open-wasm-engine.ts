import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { pinnedWasm } from '../../onnx/pinned-wasm.ts';
import type { Engine } from '../engine.ts';
import { explainLoad, explainRun } from './explain-error.ts';
import { openSession } from './open-session.ts';

/**
 * The pinned wasm build, ready to load: compiled and started, which takes longer than most models do. Throws when the
 * module on this disk is not the pinned one; the bytes that were hashed are the bytes that run.
 */
export async function openWasmEngine(memoryBytes: number): Promise<Engine> {
  const bytes = readPinned();
  boundMemory(memoryBytes);
  env.wasm.wasmBinary = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  // More threads would give the same bytes and need workers.
  env.wasm.numThreads = 1;
  env.wasm.proxy = false;
  env.logLevel = 'fatal';
  await (await InferenceSession.create(smallestModel, options)).release();
  return {
    version: pinnedWasm.version,
    // From bytes: it has no files of its own to open, so a model can name what it likes.
    async open({ directory, entry, externalFiles }) {
      const folder = join(directory, dirname(entry));
      const externalData = externalFiles.map((path) => ({ path, data: readPlainFile(join(folder, path)) }));
      const model = readPlainFile(join(directory, entry));
      return openSession(await InferenceSession.create(model, { ...options, externalData }), Tensor);
    },
    explainLoad: (error, directory) => (isBroken(error) ? null : explainLoad(error, directory)),
    explainRun: (error, directory) => (isBroken(error) ? null : explainRun(error, directory)),
  };
}

type MemoryDescriptor = { initial: number; maximum?: number; shared?: boolean };
/** What the compiler's types for Node leave out. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: new (descriptor: MemoryDescriptor) => object; RuntimeError: new () => Error };
};

/** A trap leaves the module's memory as it was at that instant; a full stack likewise. */
function isBroken(error: unknown): boolean {
  if (error instanceof WebAssembly.RuntimeError) return true;
  return error instanceof RangeError && /call stack/.test(error.message);
}

const options: InferenceSession.SessionOptions = {
  executionProviders: ['wasm'],
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  logSeverityLevel: 4,
};

function readPinned(): Uint8Array {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  const bytes = readFileSync(join(root, 'ort-wasm-simd-threaded.wasm'));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== pinnedWasm.sha256)
    throw new Error(`the wasm runtime on this disk is ${found}, not the pinned ${pinnedWasm.sha256}`);
  return bytes;
}

/** The module asks for 4 GiB of room; a smaller maximum is a limit no model gets past. */
function boundMemory(bytes: number): void {
  const pages = Math.floor(bytes / 65_536);
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: MemoryDescriptor) {
      super({ ...descriptor, maximum: Math.min(descriptor.maximum ?? pages, pages) });
    }
  };
}

/** Never through a link: what it points to need not be a file of the release. */
function readPlainFile(path: string): Uint8Array {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(file).isFile()) throw new Error('a file of the release is no plain file');
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * y = x, as ONNX. Written out: whatever else this process loaded could bring a wasm memory of its own, and each reserves
 * 10 GB of the address space that is limited (measured with a hash function).
 */
const smallestModel = Buffer.from(
  '080812003a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a020801620f0a0179120a0a08080112040a02080142040a001011',
  'hex',
);
