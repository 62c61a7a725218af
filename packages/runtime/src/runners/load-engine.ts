import type { TensorSpec } from '@callable/protocol';
import type { LoadOrder, Report } from '../channel/messages.ts';
import { checkSignature } from './check-signature.ts';
import type { Engine, LoadedEngine } from './engine.ts';

export type Loaded = {
  model: LoadedEngine;
  inputs: readonly TensorSpec[];
  outputs: readonly TensorSpec[];
  directory: string;
};

/** Opens a model and checks that it takes and gives what its manifest says; `loaded` is null when it is refused. */
export async function loadEngine(engine: Engine, order: LoadOrder): Promise<{ loaded: Loaded | null; report: Report }> {
  const { inputs, outputs, directory } = order;
  let model: LoadedEngine;
  try {
    model = await engine.open(order);
  } catch (error) {
    const refusal = engine.explainLoad(error, directory);
    if (!refusal) throw error;
    return { loaded: null, report: { type: 'refused', ...refusal } };
  }
  const misfit = checkSignature(model.signature, inputs, outputs);
  if (misfit !== null) return { loaded: null, report: { type: 'refused', reason: 'SchemaMismatch', message: misfit } };
  const shapes = Object.fromEntries(model.signature.outputs.map(({ name, shape }) => [name, shape]));
  return { loaded: { model, inputs, outputs, directory }, report: { type: 'loaded', shapes } };
}
