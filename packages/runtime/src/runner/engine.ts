import type { InferenceSession } from 'onnxruntime-node';
import type { Order } from '../messages.ts';
import type { TensorClass } from './ort-tensors.ts';

/** One build of the runtime: native, or the pinned wasm. */
export type Engine = {
  readonly version: string;
  readonly Tensor: TensorClass;
  /** Opens a model; rejects with the runtime's own words. */
  open(order: Extract<Order, { type: 'load' }>): Promise<InferenceSession>;
  /** Whether this error left the runtime in a state in which no later answer could be believed. */
  isBroken(error: unknown): boolean;
};
