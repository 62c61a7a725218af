import { utf8OfJson } from '../json/utf8-of-json.ts';
import { checkShape } from './check-shape.ts';
import { defaultOf } from './default-of.ts';
import { type InputVerdict, judge } from './input-problem.ts';
import { byteOf, JsonCursor } from './json-cursor.ts';
import { Place } from './place.ts';
import { readNested } from './read-nested.ts';
import { refuseDuplicate, refuseMissing, refuseNotObject, refuseUnknown } from './refuse-names.ts';
import type { Tensor, TensorSpec } from './tensor.ts';

/**
 * Reads `{ "input name": scalar or nested array, … }` into tensors, in the order of the specs.
 * The nesting must have exactly the rank of the input and fit its fixed dimensions.
 * NaN and infinities are the strings "NaN", "Infinity" and "-Infinity"; BYTES are strings.
 */
export function parsePlainInputs(body: Uint8Array, specs: readonly TensorSpec[]): InputVerdict<Tensor[]> {
  return judge(() => {
    const found = new Map<string, Tensor>();
    const byName = new Map(specs.map((spec) => [spec.name, spec]));
    const cursor = new JsonCursor(utf8OfJson(body));
    if (cursor.peek() !== byteOf.openObject) refuseNotObject(cursor, specs);
    cursor.readObject((key) => {
      const spec = byName.get(key) ?? refuseUnknown('input', key, specs);
      if (found.has(key)) refuseDuplicate('input', key);
      const place = new Place(spec, pointerTo(key));
      const { shape, openEnded, data } = readNested(cursor, place);
      found.set(key, { name: key, datatype: spec.datatype, shape: checkShape(place, shape, openEnded), data });
    });
    cursor.end();
    return specs.map((spec) => found.get(spec.name) ?? defaultOf(spec) ?? refuseMissing(spec));
  });
}

function pointerTo(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
