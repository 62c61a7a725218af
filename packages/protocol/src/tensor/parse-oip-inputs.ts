import { utf8OfJson } from '../json/utf8-of-json.ts';
import { defaultOf } from './default-of.ts';
import { type InputVerdict, judge, quoteName } from './input-problem.ts';
import { byteOf, JsonCursor } from './json-cursor.ts';
import { readOipInput } from './read-oip-input.ts';
import { readTextField, refuseField } from './refuse-field.ts';
import { refuseDuplicate, refuseMissing, refuseUnknown } from './refuse-names.ts';
import type { Tensor, TensorSpec } from './tensor.ts';

/** What an id of a request has at most, characters. */
export const longestRequestId = 256;

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
 * Reads the JSON of an Open Inference Protocol infer request. `data` may be nested or flat; an optional member that is null
 * is absent, as clients in many languages write it; `parameters` and members this protocol does not know are passed over.
 * `outputs` are the specs a request may choose from.
 */
export function parseOipInputs(
  body: Uint8Array,
  specs: readonly TensorSpec[],
  outputs?: readonly TensorSpec[],
): InputVerdict<OipRequest> {
  return judge(() => {
    const cursor = new JsonCursor(utf8OfJson(body));
    const found = new Map<string, Tensor>();
    const request: OipRequest = { tensors: [] };
    const seen = new Set<string>();
    cursor.readObject((key) => {
      // Two readers of one body must not see different requests.
      if (seen.has(key)) refuseField(`/${key}`, `${quoteName(key)} is given twice; give it once`);
      seen.add(key);
      if (key === 'inputs') readInputs(cursor, specs, found);
      else if ((key === 'id' || key === 'outputs') && cursor.takeNull()) return;
      else if (key === 'id') request.id = readId(cursor);
      else if (key === 'outputs') {
        const asked = readOutputs(cursor, outputs);
        // An empty list means all of them, as it does for other servers of this protocol.
        if (asked.length > 0) request.outputs = asked;
      } else cursor.skipValue();
    });
    cursor.end();
    request.tensors = specs.map((spec) => found.get(spec.name) ?? defaultOf(spec) ?? refuseMissing(spec));
    return request;
  });
}

function readId(cursor: JsonCursor): string {
  const id = readTextField(cursor, '/id');
  if (id.length > longestRequestId)
    refuseField('/id', `the id is longer than ${longestRequestId} characters; shorten it`);
  return id;
}

function readInputs(cursor: JsonCursor, specs: readonly TensorSpec[], found: Map<string, Tensor>): void {
  if (cursor.peek() !== byteOf.open) refuseField('/inputs', '`inputs` is not an array; send a list of tensors');
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  cursor.readArray((index) => {
    const tensor = readOipInput(cursor, byName, `/inputs/${index}`);
    if (found.has(tensor.name)) refuseDuplicate('input', tensor.name);
    found.set(tensor.name, tensor);
  });
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
