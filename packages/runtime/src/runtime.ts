import type { CallSignal, InputProblem, TensorSpec } from '@callable/protocol';

/** Whatever loads models and answers calls to them: here, a pool of runner processes. */
export type Runtime = {
  /**
   * Loads a model into a process of its own. Waits while as many models are loaded as the runtime
   * allows; rejects with the signal's reason when the signal is aborted first.
   */
  load(source: ModelSource, options?: { signal?: AbortSignal }): Promise<LoadVerdict>;
};

export type ModelSource = {
  /** Of the release; only names it. */
  digest: string;
  /** The runtime that takes it, a key of the table; where there is only one, it does not matter. */
  engine?: string;
  /** Absolute, and holding the files of this model only: the runtime can read all of them. */
  directory: string;
  /** The model file, relative to the directory. */
  entry: string;
  /** Files the model takes weights from, relative to the folder of the entry. Only a runtime that loads bytes asks. */
  externalFiles?: readonly string[];
  /** Declared sizes, checked before anything is read; absent where nobody declared them. */
  bytes?: { model: number; companions: number };
  inputs: readonly TensorSpec[];
  /** The outputs that calls return; the graph may have more. */
  outputs: readonly TensorSpec[];
  limits: ModelLimits;
  /** Threads of one call; 1 when absent. */
  threads?: number;
};

export type ModelLimits = {
  /** Address space the model may take beyond what an empty runner has. */
  memoryBytes: number;
  loadMs: number;
  /** The longest any call may take, whatever deadline its caller gives. */
  runMs: number;
};

/**
 * The outputs of the graph as the runtime sees them: it works out shapes that the file does not declare. -1 for an
 * open axis; null for a scalar or an unknown rank, which the binding does not tell apart.
 */
export type OutputShapes = Readonly<Record<string, readonly number[] | null>>;

export type LoadReason =
  | 'LoadFailed'
  | 'OutOfMemory'
  | 'TimedOut'
  | 'UnsupportedOperator'
  | 'KernelMissing'
  | 'UnsupportedValueType'
  | 'SchemaMismatch'
  | 'UnsupportedFormat'
  | 'RunnerDied';

export type LoadVerdict =
  | {
      ok: true;
      model: LoadedModel;
      loadMs: number;
      /** The most memory the process ever held, an empty runner's own included; null where the system does not tell. */
      peakBytes: number | null;
      shapes: OutputShapes;
    }
  | { ok: false; reason: LoadReason; message: string };

/**
 * A model that answers calls, one at a time, others waiting in order. When a call hangs or kills
 * its process, that call fails alone: the model is loaded again into a fresh process, which goes
 * on with the calls that waited.
 */
export type LoadedModel = AsyncDisposable & {
  readonly digest: string;
  /** The process at present; another one after a call has killed it, null while it is replaced. */
  readonly pid: number | null;
  /** Calls it has use for at a time: more of a quick model, which gets several with one write. */
  readonly ahead: number;
  /** Processes that died under this model so far. */
  readonly deaths: number;
  readonly info: RuntimeInfo;
  /** When the model is gone for good: disposed of, or not to be loaded again. */
  readonly exited: Promise<ModelExit>;
  run(call: ModelCall, options: RunOptions): Promise<RunVerdict>;
  /**
   * Loads it anew in a process that may take this many bytes more than an empty one; calls under way begin again there.
   * False where it cannot: a stream that has begun must not begin again.
   */
  grow(memoryBytes: number): boolean;
};

export type RunOptions = {
  deadlineMs: number;
  /** Aborting it rejects the run with its reason, and tells a runtime that streams to stop. */
  signal?: CallSignal;
  /**
   * Takes each piece of an answer that comes before its end; a runtime that does not stream never calls it. Each piece
   * is one document of the call's encoding and a line feed. The model gets no credit for more than a few pieces until
   * the promise is fulfilled. When it is rejected, the run is cancelled and rejects with the same reason.
   */
  onPiece?: (piece: Uint8Array) => void | Promise<void>;
};

export type ModelExit = { disposed: boolean; message: string };

/** What computes: everything that can change the bits of an answer. */
export type RuntimeInfo = {
  /** The name of the software. */
  runtime: string;
  version: string;
  /** Of the native library, or of the wasm module. */
  binarySha256: string;
  threads: number;
  arch: string;
  node: string;
  /** What else a runtime is set to. Receipts carry the digest of all of it, so one more or renamed is another runtime. */
  settings: Readonly<Record<string, string | number>>;
};

export type ModelCall = {
  /** `raw`: tensors as `encodeRawTensors` writes them, in and out; only for the node's own checks. */
  encoding: 'plain' | 'oip' | 'raw';
  /** As it came: pieces are not joined on the way to the model. */
  body: Uint8Array | readonly Uint8Array[];
  /** 32 bytes for the tensor digests. */
  salt: Uint8Array;
};

export type RunVerdict =
  | {
      ok: true;
      /**
       * Outputs as `writePlainOutputs`, `writeOipOutputs` or `encodeRawTensors` writes them. After pieces it is the last
       * one, and may be empty. The digests are over the whole answer, in pieces or not.
       */
      body: Uint8Array;
      /** The id an Open Inference Protocol request carries. */
      id?: string;
      /** 64 hex digits each. */
      inputDigest: string;
      outputDigest: string;
      /** Milliseconds in the model, without reading and writing JSON. */
      runMs: number;
    }
  | { ok: false; kind: 'input'; problem: InputProblem }
  | { ok: false; kind: 'model'; reason: RunReason; message: string };

export type RunReason = 'RunFailed' | 'TimedOut' | 'OutOfMemory' | 'RunnerDied';
