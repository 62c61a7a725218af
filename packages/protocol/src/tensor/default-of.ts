import { checkShape } from './check-shape.ts';
import { JsonCursor } from './json-cursor.ts';
import { Place } from './place.ts';
import { readNested } from './read-nested.ts';
import type { Tensor, TensorSpec } from './tensor.ts';

/** What an input is that a caller leaves out; null where the manifest says nothing of it. */
export function defaultOf(spec: TensorSpec): Tensor | null {
  if (spec.default === undefined) return null;
  const place = new Place(spec, '');
  const cursor = new JsonCursor(new TextEncoder().encode(JSON.stringify(spec.default)));
  const { shape, openEnded, data } = readNested(cursor, place);
  cursor.end();
  return { name: spec.name, datatype: spec.datatype, shape: checkShape(place, shape, openEnded), data };
}
