import { textProblem } from './text-problem.ts';

/** Deeper values are refused: code that walks them would exhaust the stack. A vector of rank 16 needs 22. */
export const maxJsonDepth = 64;

/**
 * Why a value has no canonical JSON form, or null when it has one: what JSON cannot say (NaN, bigint, functions,
 * `undefined` or a hole in an array), what only looks like JSON (a Date, a Map: another language would not sign
 * the same), text with a lone surrogate (RFC 8785 §3.2.2.2), and nesting beyond `maxJsonDepth`. Members that are
 * undefined count as absent, as everywhere in JavaScript.
 */
export function jsonProblem(value: unknown): string | null {
  return problemAt(value, 0);
}

function problemAt(value: unknown, depth: number): string | null {
  switch (typeof value) {
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : `${value} is not a JSON number`;
    case 'string':
      return textProblem(value);
    case 'object':
      if (value === null) return null;
      if (depth >= maxJsonDepth) return `it is nested deeper than ${maxJsonDepth} levels`;
      return Array.isArray(value) ? arrayProblem(value, depth + 1) : objectProblem(value, depth + 1);
    default:
      return `JSON cannot hold ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`;
  }
}

function arrayProblem(array: readonly unknown[], depth: number): string | null {
  // By index: iteration methods step over holes, which JSON would print as nothing.
  for (let i = 0; i < array.length; i++) {
    const problem = problemAt(array[i], depth);
    if (problem) return problem;
  }
  return null;
}

function objectProblem(value: object, depth: number): string | null {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Plain objects of any realm: the prototype of their prototype is null.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return 'an object of a class is not a JSON object';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const problem = textProblem(name) ?? problemAt(member, depth);
    if (problem) return problem;
  }
  return null;
}
