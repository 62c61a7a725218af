import { bytes32 } from '../schema/fields.ts';
import { Type } from '../schema/type.ts';
import { RunAnswer } from './run.ts';

/** A body of POST /v1/run/…: nested arrays by the name of each input. */
export const RunInputs = Type.Record(Type.String(), Type.Unknown(), { examples: [{ X: [[1, 2]] }] });

const { outputs, ...behind } = RunAnswer.properties;

/** A `piece` event: outputs by name, as they come. */
export const RunPiece = outputs;

/** The `end` event of POST /v1/run/…; a stream without it is no answer. */
export const RunEnd = Type.Object({
  ...behind,
  /** Opens the digests of inputs and outputs in the receipt. */
  salt: bytes32,
  /** Milliseconds inside the runtime. */
  runMs: Type.Number(),
});
