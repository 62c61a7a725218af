import type { Datatype } from '@callable/protocol';
import type { Tensor } from '@callable/protocol/tensor';
import type { LoadOrder } from '../channel/messages.ts';
import type { LoadReason, RunReason } from '../runtime.ts';

/** What computes inside a runner. A runtime brings one of these; calls are read, written and digested around it. */
export type Engine = {
  readonly version: string;
  /** Opens a model by its files; rejects with the runtime's own words. */
  open(order: LoadOrder): Promise<LoadedEngine>;
  /**
   * What an error of `open` means, in one bounded sentence without paths of this machine. Null when it left the runtime
   * in a state in which no later answer could be believed: then the process ends.
   */
  explainLoad(error: unknown, directory: string): { reason: LoadReason; message: string } | null;
  /** The same for an error of `run`. */
  explainRun(error: unknown, directory: string): { reason: RunReason; message: string; spent?: boolean } | null;
};

export type LoadedEngine = {
  /** What the model takes and gives as the runtime sees it, to be compared with the manifest. */
  readonly signature: { inputs: readonly EngineValue[]; outputs: readonly EngineValue[] };
  /**
   * Runs the model. A stream gives the outputs in parts, each with every output that has something new; the whole
   * answer is the parts of each output joined along the first axis. The signal aborts when nobody waits any more.
   */
  run(
    tensors: readonly Tensor[],
    outputs: readonly string[],
    signal: AbortSignal,
  ): Promise<Tensor[]> | AsyncIterable<Tensor[]>;
};

export type EngineValue = {
  name: string;
  /** Null for what no call can carry. */
  datatype: Datatype | null;
  /** The type in the runtime's words, shown where there is no datatype. */
  type: string;
  /** -1 for an open axis; null for a scalar or an unknown rank. */
  shape: readonly number[] | null;
};
