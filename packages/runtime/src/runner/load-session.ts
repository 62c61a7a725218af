import type { TensorSpec } from '@callable/protocol';
import type { InferenceSession } from 'onnxruntime-node';
import type { Order } from '../messages.ts';
import type { LoadReason, OutputShapes } from '../runtime.ts';
import { checkSignature } from './check-signature.ts';
import { cleanMessage, isOutOfMemory } from './clean-message.ts';
import type { Engine } from './engine.ts';
import type { TensorClass } from './ort-tensors.ts';

export type Loaded = {
  session: InferenceSession;
  Tensor: TensorClass;
  inputs: readonly TensorSpec[];
  outputs: readonly TensorSpec[];
  directory: string;
};

export type SessionVerdict =
  | { ok: true; loaded: Loaded; shapes: OutputShapes }
  | { ok: false; reason: LoadReason; message: string };

/** Opens a model and checks that it takes and gives what its manifest says. */
export async function loadSession(engine: Engine, order: Extract<Order, { type: 'load' }>): Promise<SessionVerdict> {
  let session: InferenceSession;
  try {
    session = await engine.open(order);
  } catch (error) {
    if (engine.isBroken(error)) throw error;
    return refusal(error, order.directory);
  }
  const misfit = checkSignature(session, order.inputs, order.outputs);
  if (misfit !== null) return { ok: false, reason: 'SchemaMismatch', message: misfit };
  const { inputs, outputs, directory } = order;
  return {
    ok: true,
    loaded: { session, Tensor: engine.Tensor, inputs, outputs, directory },
    shapes: shapesOf(session),
  };
}

function shapesOf({ outputMetadata }: InferenceSession): OutputShapes {
  return Object.fromEntries(
    outputMetadata.map((each) => [
      each.name,
      each.isTensor && each.shape.length > 0
        ? each.shape.map((size) => (typeof size === 'string' || size < 0 ? -1 : size))
        : null,
    ]),
  );
}

function refusal(error: unknown, directory: string): SessionVerdict {
  const text = error instanceof Error ? error.message : String(error);
  const code = /^Unsupported data type: (\d+)$/.exec(text)?.[1];
  // Not an operator: an input or output of a type that neither JSON nor the protocol can carry.
  if (code !== undefined)
    return {
      ok: false,
      reason: 'SchemaMismatch',
      message: `An input or output has the ONNX datatype ${code}, which cannot be called; add a Cast to FP32 at the edge of the graph.`,
    };
  const message = cleanMessage(text, directory);
  if (isOutOfMemory(text)) return { ok: false, reason: 'OutOfMemory', message };
  return { ok: false, reason: isUnsupported(text) ? 'UnsupportedOperator' : 'LoadFailed', message };
}

function isUnsupported(text: string): boolean {
  return /not a registered function\/op|No Op registered|NOT_IMPLEMENTED|Could not find an implementation/i.test(text);
}
