import { fitsShape } from './check-shape.ts';
import { type InputVerdict, judge, quoteName, Refusal, showShape } from './input-problem.ts';
import { byteOf, JsonCursor } from './json-cursor.ts';
import { Place } from './place.ts';
import { type NestedValues, readNested } from './read-nested.ts';
import { refuseDuplicate, refuseMissing, refuseUnknown } from './refuse-names.ts';
import { countElements, type Tensor, type TensorSpec } from './tensor.ts';

/** An inference request as the Open Inference Protocol writes it, read. */
export type OipRequest = {
  /** The caller's id of the request, to be echoed. */
  id?: string;
  /** In the order of the specs. */
  tensors: Tensor[];
  /** The outputs asked for, in that order; all of them when absent. */
  outputs?: string[];
};

/**
 * Reads the JSON of an Open Inference Protocol infer request. `data` may be nested or flat;
 * `parameters` and members this protocol does not know are passed over.
 * `outputs` are the specs a request may choose from.
 */
export function parseOipInputs(
  body: Uint8Array,
  specs: readonly TensorSpec[],
  outputs?: readonly TensorSpec[],
): InputVerdict<OipRequest> {
  return judge(() => {
    const cursor = new JsonCursor(body);
    const found = new Map<string, Tensor>();
    const request: OipRequest = { tensors: [] };
    const seen = new Set<string>();
    cursor.readObject((key) => {
      // Two readers of one body must not see different requests.
      if (seen.has(key)) refuseField(`/${key}`, `${quoteName(key)} is given twice; give it once`);
      seen.add(key);
      if (key === 'id') request.id = readId(cursor);
      else if (key === 'inputs') readInputs(cursor, specs, found);
      else if (key === 'outputs') {
        const asked = readOutputs(cursor, outputs);
        // An empty list means all of them, as it does for other servers of this protocol.
        if (asked.length > 0) request.outputs = asked;
      } else cursor.skipValue();
    });
    cursor.end();
    request.tensors = specs.map((spec) => found.get(spec.name) ?? refuseMissing(spec));
    return request;
  });
}

function readId(cursor: JsonCursor): string {
  const id = readTextField(cursor, '/id');
  if (id.length > 256) refuseField('/id', 'the id is longer than 256 characters; shorten it');
  return id;
}

function readInputs(cursor: JsonCursor, specs: readonly TensorSpec[], found: Map<string, Tensor>): void {
  if (cursor.peek() !== byteOf.open) refuseField('/inputs', '`inputs` is not an array; send a list of tensors');
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  cursor.readArray((index) => {
    const tensor = readInput(cursor, byName, `/inputs/${index}`);
    if (found.has(tensor.name)) refuseDuplicate('input', tensor.name);
    found.set(tensor.name, tensor);
  });
}

function readInput(cursor: JsonCursor, specs: ReadonlyMap<string, TensorSpec>, pointer: string): Tensor {
  if (cursor.peek() !== byteOf.openObject)
    refuseField(pointer, 'an input is not an object; send name, shape, datatype and data');
  const fields: { spec?: TensorSpec; datatype?: string; shape?: number[]; values?: NestedValues; dataAt?: number } = {};
  const seen = new Set<string>();
  cursor.readObject((key) => {
    if (seen.has(key)) refuseField(`${pointer}/${key}`, `${quoteName(key)} is given twice; give it once`);
    seen.add(key);
    if (key === 'name') {
      const name = readTextField(cursor, `${pointer}/name`);
      fields.spec = specs.get(name) ?? refuseUnknown('input', name, [...specs.values()]);
    } else if (key === 'datatype') fields.datatype = readTextField(cursor, `${pointer}/datatype`);
    else if (key === 'shape') fields.shape = readShape(cursor, `${pointer}/shape`);
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

function assemble(
  spec: TensorSpec,
  fields: { datatype?: string; shape?: number[]; values?: NestedValues },
  pointer: string,
): Tensor {
  const name = quoteName(spec.name);
  const { datatype, shape, values } = fields;
  if (datatype === undefined)
    return refuseField(`${pointer}/datatype`, `${name} has no \`datatype\`; add "${spec.datatype}"`);
  if (shape === undefined) return refuseField(`${pointer}/shape`, `${name} has no \`shape\`; add it`);
  if (values === undefined) return refuseField(`${pointer}/data`, `${name} has no \`data\`; add it`);
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

function readOutputs(cursor: JsonCursor, specs: readonly TensorSpec[] | undefined): string[] {
  if (cursor.peek() !== byteOf.open) refuseField('/outputs', '`outputs` is not an array; send a list of names');
  const names = new Set<string>();
  const known = specs && new Set(specs.map((spec) => spec.name));
  cursor.readArray((index) => {
    if (cursor.peek() !== byteOf.openObject)
      refuseField(`/outputs/${index}`, 'an output is not an object; send {"name": …}');
    let name: string | undefined;
    cursor.readObject((key) => {
      if (key !== 'name') return cursor.skipValue();
      if (name !== undefined) refuseField(`/outputs/${index}/name`, '`name` is given twice; give it once');
      name = readTextField(cursor, `/outputs/${index}/name`);
    });
    const asked: string = name ?? refuseField(`/outputs/${index}/name`, 'an output has no `name`; add it');
    if (specs && !known?.has(asked)) refuseUnknown('output', asked, specs);
    if (names.has(asked)) refuseDuplicate('output', asked);
    names.add(asked);
  });
  return [...names];
}

function readTextField(cursor: JsonCursor, pointer: string): string {
  return cursor.peek() === byteOf.quote
    ? cursor.readText()
    : refuseField(pointer, 'a string is expected here; send one');
}

function refuseField(pointer: string, message: string): never {
  const sentence = message.startsWith('`') ? message : `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  throw new Refusal({ code: 'InvalidField', pointer, message: `${sentence}.` });
}
