import { fitsShape } from './check-shape.ts';
import { quoteName, showShape } from './input-problem.ts';
import { byteOf, type JsonCursor } from './json-cursor.ts';
import { Place } from './place.ts';
import { type NestedValues, readNested } from './read-nested.ts';
import { readTextField, refuseField } from './refuse-field.ts';
import { refuseUnknown } from './refuse-names.ts';
import { countElements, type Tensor, type TensorSpec } from './tensor.ts';

/** One entry of `inputs`: a tensor, or a refusal that points at what is wrong in it. */
export function readOipInput(cursor: JsonCursor, specs: ReadonlyMap<string, TensorSpec>, pointer: string): Tensor {
  if (cursor.peek() !== byteOf.openObject)
    refuseField(pointer, 'an input is not an object; send name, shape, datatype and data');
  const fields: Fields & { spec?: TensorSpec; dataAt?: number } = {};
  const seen = new Set<string>();
  cursor.readObject((key) => {
    if (seen.has(key)) refuseField(`${pointer}/${key}`, `${quoteName(key)} is given twice; give it once`);
    seen.add(key);
    if (key === 'name') {
      const name = readTextField(cursor, `${pointer}/name`);
      fields.spec = specs.get(name) ?? refuseUnknown('input', name, [...specs.values()]);
    } else if (key === 'datatype') fields.datatype = readTextField(cursor, `${pointer}/datatype`);
    else if (key === 'shape') fields.shape = readShape(cursor, `${pointer}/shape`);
    // KServe's client writes null beside a binary size of 0 where a tensor has no elements.
    else if (key === 'data' && cursor.takeNull()) return;
    else if (key === 'data' && fields.spec)
      fields.values = readNested(cursor, new Place(fields.spec, `${pointer}/data`));
    else {
      // The datatype of values that come before their name is not known yet: read them afterwards.
      if (key === 'data') fields.dataAt = cursor.position;
      cursor.skipValue();
    }
  });
  const spec = fields.spec ?? refuseField(`${pointer}/name`, 'an input has no `name`; add it');
  if (fields.dataAt !== undefined) {
    const after = cursor.position;
    cursor.position = fields.dataAt;
    fields.values = readNested(cursor, new Place(spec, `${pointer}/data`));
    cursor.position = after;
  }
  return assemble(spec, fields, pointer);
}

type Fields = { datatype?: string; shape?: number[]; values?: NestedValues };

function assemble(spec: TensorSpec, fields: Fields, pointer: string): Tensor {
  const name = quoteName(spec.name);
  const { datatype, shape, values } = fields;
  if (datatype === undefined)
    return refuseField(`${pointer}/datatype`, `${name} has no \`datatype\`; add "${spec.datatype}"`);
  if (shape === undefined) return refuseField(`${pointer}/shape`, `${name} has no \`shape\`; add it`);
  if (datatype !== spec.datatype)
    return new Place(spec, `${pointer}/datatype`).refuse(
      'WrongDatatype',
      `${name} is sent as ${quoteName(datatype)}; send ${spec.datatype}.`,
      { got: datatype.slice(0, 40), expected: spec.datatype },
    );
  const got = showShape(shape);
  if (!fitsShape(shape, spec.shape))
    return new Place(spec, `${pointer}/shape`).refuse(
      'WrongShape',
      `${name} has shape ${got}; send ${spec.datatype} of shape ${showShape(spec.shape)}.`,
      { got, expected: showShape(spec.shape) },
    );
  if (values === undefined) {
    if (countElements(shape) === 0) return { name: spec.name, datatype: spec.datatype, shape, data: new Uint8Array() };
    return refuseField(
      `${pointer}/data`,
      `${name} has no \`data\`; add ${countElements(shape)} values of ${spec.datatype} (binary tensors are not taken here yet)`,
    );
  }
  if (!holds(values, shape))
    return new Place(spec, `${pointer}/data`).refuse(
      'WrongShape',
      `The data of ${name} has shape ${showShape(values.shape)}; for shape ${got} send ${countElements(shape)} values, flat or nested.`,
      { got: showShape(values.shape), expected: got },
    );
  return { name: spec.name, datatype: spec.datatype, shape, data: values.data };
}

/** Data is flat, or nested exactly as its shape says; empty data can say no more than that it is empty. */
function holds(values: NestedValues, shape: readonly number[]): boolean {
  const count = countElements(shape);
  if (values.openEnded)
    return count === 0 && values.shape.every((size, i) => size === shape[i] || (i === 0 && size === 0));
  return fitsShape(values.shape, shape) || (values.shape.length === 1 && values.shape[0] === count);
}

function readShape(cursor: JsonCursor, pointer: string): number[] {
  if (cursor.peek() !== byteOf.open) refuseField(pointer, 'the shape is not an array; send whole numbers');
  const shape: number[] = [];
  cursor.readArray((index) => {
    const size = Number(cursor.readNumberText());
    if (!Number.isInteger(size) || size < 0 || size > 2 ** 31)
      refuseField(`${pointer}/${index}`, 'a dimension is not a whole number from 0 to 2147483648; send the real sizes');
    if (shape.push(size) > 16) refuseField(pointer, 'the shape has more than 16 dimensions; send the real shape');
  });
  return shape;
}
