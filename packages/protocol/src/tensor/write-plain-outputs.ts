import { JsonWriter } from './json-writer.ts';
import type { Tensor } from './tensor.ts';
import { rowWriterOf, type WriteRow } from './write-values.ts';

/**
 * Writes tensors as `{ "name": nested array or scalar, … }`, which `parsePlainInputs` reads back.
 * Throws RangeError when data and shape disagree, or the shape is made of empty arrays.
 */
export function writePlainOutputs(tensors: readonly Tensor[]): Uint8Array {
  const writer = new JsonWriter();
  writer.byte(0x7b);
  tensors.forEach((tensor, index) => {
    if (index > 0) writer.byte(0x2c);
    writer.json(tensor.name);
    writer.byte(0x3a);
    refuseEmptyBulk(tensor);
    writeNested(writer, rowWriterOf(tensor), tensor.shape, 0, 0);
  });
  writer.byte(0x7d);
  return writer.finish();
}

function writeNested(writer: JsonWriter, row: WriteRow, shape: readonly number[], depth: number, from: number): number {
  const size = shape[depth];
  if (size === undefined) {
    row(writer, from, from + 1);
    return from + 1;
  }
  let at = from;
  writer.byte(0x5b);
  if (depth === shape.length - 1) {
    row(writer, from, from + size);
    at += size;
  } else
    for (let i = 0; i < size; i++) {
      if (i > 0) writer.byte(0x2c);
      at = writeNested(writer, row, shape, depth + 1, at);
    }
  writer.byte(0x5d);
  return at;
}

/** A shape like [1000000000, 0] has no data, yet would be written as a billion brackets. */
function refuseEmptyBulk({ name, shape }: Tensor): void {
  const empty = shape.indexOf(0);
  if (empty > 0 && shape.slice(0, empty).reduce((product, size) => product * size, 1) > 1e6)
    throw new RangeError(`tensor ${name} of shape [${shape.join(',')}] is nothing but empty arrays`);
}
