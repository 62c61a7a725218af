import type { CallEncoding, Manifest } from '@callable/protocol';
import { encodingTable } from '../encodings/encoding-table.ts';

/** Beyond this an example explains nothing any more and only weighs on the answer. */
const exampleElements = 256;
const exampleCharacters = 8_192;

/**
 * A body that fits the inputs of a release: the publisher's own first vector, else one made from the declared
 * shapes. Null when either would be too large to read.
 */
export function exampleOf(manifest: Manifest, encoding: CallEncoding): unknown {
  const inputs = publishedInputs(manifest) ?? generatedInputs(manifest);
  if (!inputs) return null;
  return encodingTable[encoding].example(inputs, manifest);
}

function publishedInputs({ vectors }: Manifest): Record<string, unknown> | null {
  const first = vectors[0];
  if (!first || !('inputs' in first)) return null;
  return JSON.stringify(first.inputs).length <= exampleCharacters ? first.inputs : null;
}

function generatedInputs({ inputs }: Manifest): Record<string, unknown> | null {
  const shapes = inputs.map(({ shape }) => shape.map((size) => (size < 0 ? 1 : size)));
  const elements = shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
  if (elements > exampleElements) return null;
  return Object.fromEntries(
    inputs.map(({ name, datatype }, index) => {
      const value = datatype === 'BYTES' ? 'text' : datatype === 'BOOL' ? true : datatype.startsWith('FP') ? 0.5 : 1;
      return [name, nest(shapes[index] ?? [], value)];
    }),
  );
}

const nest = (shape: readonly number[], value: unknown): unknown =>
  shape.length === 0 ? value : Array.from({ length: shape[0] ?? 0 }, () => nest(shape.slice(1), value));
