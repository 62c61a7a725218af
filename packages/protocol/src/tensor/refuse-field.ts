import { Refusal } from './input-problem.ts';
import { byteOf, type JsonCursor } from './json-cursor.ts';

/** A member of a request of the Open Inference Protocol that cannot be read, as one sentence. */
export function refuseField(pointer: string, message: string): never {
  const sentence = message.startsWith('`') ? message : `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  throw new Refusal({ code: 'InvalidField', pointer, message: `${sentence}.` });
}

export function readTextField(cursor: JsonCursor, pointer: string): string {
  return cursor.peek() === byteOf.quote
    ? cursor.readText()
    : refuseField(pointer, `\`${pointer}\` is not a string; send one`);
}
