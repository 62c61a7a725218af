import { JsonWriter } from './json-writer.ts';
import { countElements, type Tensor } from './tensor.ts';
import { rowWriterOf } from './write-values.ts';

/**
 * Writes tensors as the `outputs` array of an Open Inference Protocol response, data flat.
 * Throws RangeError when data and shape disagree.
 */
export function writeOipOutputs(tensors: readonly Tensor[]): Uint8Array {
  const writer = new JsonWriter();
  writer.byte(0x5b);
  tensors.forEach((tensor, index) => {
    if (index > 0) writer.byte(0x2c);
    const { name, shape, datatype } = tensor;
    writer.json({ name, shape, datatype });
    // Goes on inside the object just written.
    writer.length--;
    writer.ascii(',"data":[');
    rowWriterOf(tensor)(writer, 0, countElements(shape));
    writer.ascii(']}');
  });
  writer.byte(0x5d);
  return writer.finish();
}
