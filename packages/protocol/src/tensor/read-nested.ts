import type { Datatype } from '../datatype.ts';
import { quoteName, showShape } from './input-problem.ts';
import { byteOf, type JsonCursor } from './json-cursor.ts';
import type { LeafReader } from './leaf-reader.ts';
import { numberLeaves } from './number-leaves.ts';
import type { Place } from './place.ts';
import type { TensorSpec } from './tensor.ts';
import { booleanLeaves, textLeaves } from './text-leaves.ts';
import { wideLeaves } from './wide-leaves.ts';

/** The rank a manifest may declare is 16; nothing deeper can fit. */
const deepest = 16;

/** Nested values read as one datatype, with the shape their nesting has. */
export type NestedValues = {
  shape: number[];
  /** No value was met: the nesting ended in empty arrays, which leave the deeper dimensions unsaid. */
  openEnded: boolean;
  data: Uint8Array;
};

/**
 * Reads a scalar or a nested array of the datatype an input has. The shape is that of the nesting;
 * arrays of unequal length, values of another kind and values outside the datatype are refused.
 */
export function readNested(cursor: JsonCursor, place: Place): NestedValues {
  const { datatype } = place.spec;
  const leaves = leavesOf(datatype, sizeHint(cursor, place.spec));
  const shape: number[] = [];
  let rank = -1;
  if (cursor.peek() === byteOf.open) readLevel(0);
  else {
    rank = 0;
    // A run of numbers goes on over commas, but a scalar stands alone.
    if (leaves.read(cursor, place) !== 1) cursor.refuse('expected a name after ","');
  }
  return { shape, openEnded: rank === -1, data: leaves.finish(place, shape) };

  function readLevel(depth: number): void {
    if (depth >= deepest) tooDeep(place);
    cursor.position++;
    let count = 0;
    if (cursor.peek() === byteOf.close) cursor.position++;
    else {
      do {
        place.index[depth] = count;
        if (cursor.peek() === byteOf.open) {
          if (rank !== -1 && rank <= depth + 1) ragged(place);
          readLevel(depth + 1);
          place.index.length = depth + 1;
          count++;
        } else {
          if (rank === -1 && shape.length <= depth + 1) rank = depth + 1;
          if (rank !== depth + 1) ragged(place);
          count += leaves.read(cursor, place);
        }
      } while (cursor.next(byteOf.close));
    }
    shape[depth] ??= count;
    if (shape[depth] !== count) ragged(place);
  }
}

function leavesOf(datatype: Datatype, capacity: number): LeafReader {
  if (datatype === 'BYTES') return textLeaves();
  if (datatype === 'BOOL') return booleanLeaves();
  if (datatype === 'INT64' || datatype === 'UINT64') return wideLeaves(datatype, capacity);
  return numberLeaves(datatype, capacity);
}

/** Elements to make room for: what the declared shape says, but never more than the bytes left could hold. */
function sizeHint(cursor: JsonCursor, spec: TensorSpec): number {
  const declared = spec.shape.reduce((product, size) => product * (size === -1 ? 1 : size), 1);
  return Math.min(declared, Math.ceil((cursor.bytes.length - cursor.position) / 2));
}

function tooDeep(place: Place): never {
  const name = quoteName(place.spec.name);
  return place.refuse('TooDeep', `${name} nests more than ${deepest} arrays; send one array per dimension.`);
}

function ragged(place: Place): never {
  const { name, datatype, shape } = place.spec;
  return place.refuse(
    'RaggedArray',
    `${quoteName(name)} is ragged; arrays at one depth must have one length and hold either arrays or values.`,
    { expected: `${datatype} ${showShape(shape)}` },
  );
}
