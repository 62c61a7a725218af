import type { ModelSource, RuntimeInfo } from './runtime.ts';

/** A runtime: what a runner process is made of, and what the node has to know of it. */
export type RuntimeRow = {
  /** The built file a runner starts with, absolute. It gives its engine to `answerOrders` or to `streamOrders`. */
  runner: string;
  /** Arguments of that file, for a pool whose models may take this much memory, bytes. */
  args?(memoryBytes: number): string[];
  /** Environment variables beside those every runner gets. */
  environment?: Readonly<Record<string, string>>;
  /** Whether answers may come in pieces and a cancel is heard while it runs; then `runner` uses `streamOrders`. */
  streams: boolean;
  /** Address space a runner has before its model is known, bytes. */
  emptyRunnerBytes: number;
  /** One sentence when a model is more than this runtime could hold, whatever memory the node gives it; by its declared bytes. */
  refuse?(source: ModelSource): string | null;
  /** What computes, for receipts and statements. */
  describe(source: ModelSource, version: string): Promise<RuntimeInfo>;
};

export type RuntimeTable = Readonly<Record<string, RuntimeRow>>;
