import { quoteName, Refusal, showShape } from './input-problem.ts';
import { byteOf, type JsonCursor } from './json-cursor.ts';
import { suggestName } from './suggest-name.ts';
import type { TensorSpec } from './tensor.ts';

type Role = 'input' | 'output';

export function refuseUnknown(role: Role, name: string, specs: readonly TensorSpec[]): never {
  const names = specs.map((spec) => spec.name);
  const meant = suggestName(name, names);
  const remedy = meant !== null ? `Did you mean ${quoteName(meant)}?` : listNames(role, names);
  throw new Refusal({
    code: role === 'input' ? 'UnknownInput' : 'UnknownOutput',
    input: name.slice(0, 256),
    message: `${quoteName(name)} is not an ${role}. ${remedy}`,
    allowed: firstNames(names),
  });
}

export function refuseDuplicate(role: Role, name: string): never {
  throw new Refusal({
    code: role === 'input' ? 'DuplicateInput' : 'DuplicateOutput',
    input: name,
    message: `${quoteName(name)} is given twice; give every ${role} once.`,
  });
}

export function refuseMissing(spec: TensorSpec): never {
  const expected = `${spec.datatype} ${showShape(spec.shape)}`;
  throw new Refusal({
    code: 'MissingInput',
    input: spec.name,
    message: `The input ${quoteName(spec.name)} is missing; add it as ${expected}.`,
    expected,
  });
}

/** The body, or a part of it, is a JSON value other than the object it should be. */
export function refuseNotObject(cursor: JsonCursor, specs: readonly TensorSpec[]): never {
  const byte = cursor.peek();
  if (byte === -1) cursor.refuse('it is empty, expected "{"');
  if (byte !== byteOf.open) cursor.refuse('expected "{"');
  const names = specs.map((spec) => spec.name);
  throw new Refusal({
    code: 'InvalidField',
    pointer: '',
    message: `The body is an array; send an object with a member for every input. ${listNames('input', names)}`,
    allowed: firstNames(names),
  });
}

function listNames(role: Role, names: readonly string[]): string {
  if (names.length === 0) return `The model has no ${role}s.`;
  const shown = names.slice(0, 5).map(quoteName).join(', ');
  const more = names.length > 5 ? `, and ${names.length - 5} more` : '';
  return names.length === 1 ? `The ${role} is ${shown}.` : `The ${role}s are ${shown}${more}.`;
}

/** A refusal travels in the head of a link: a thousand long names would not fit there. */
function firstNames(names: readonly string[]): string[] {
  let room = 8192;
  return names.slice(0, 64).filter((name) => {
    room -= name.length;
    return room >= 0;
  });
}
