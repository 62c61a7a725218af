import type * as TypeBox from 'typebox';

export type { Static, TSchema } from 'typebox';

/**
 * The builders of typebox this project needs, with its types and its very objects, in 2 kB instead of its 684 files: those
 * cost every process half a second of CPU and every page 40 kB, measured. `type.test.ts` holds the two against each other.
 */
export const Type = {
  String: (options = {}) => schema('String', { type: 'string', ...options }),
  Number: (options = {}) => schema('Number', { type: 'number', ...options }),
  Integer: (options = {}) => schema('Integer', { type: 'integer', ...options }),
  Boolean: (options = {}) => schema('Boolean', { type: 'boolean', ...options }),
  Null: (options = {}) => schema('Null', { type: 'null', ...options }),
  Unknown: (options = {}) => schema('Unknown', options),
  Literal: (value: unknown, options = {}) => schema('Literal', { type: typeof value, const: value, ...options }),
  Array: (items: object, options = {}) => schema('Array', { type: 'array', items, ...options }),
  Union: (anyOf: object[], options = {}) => schema('Union', { anyOf, ...options }),
  Record: (key: { pattern?: string }, value: object, options = {}) =>
    schema('Record', { type: 'object', patternProperties: { [key.pattern ?? '^.*$']: value }, ...options }),
  Object: (properties: Record<string, object>, options = {}) => {
    const members = Object.entries(properties);
    const required = members.filter(([, member]) => !('~optional' in member)).map(([name]) => name);
    return schema('Object', { type: 'object', ...(required.length > 0 ? { required } : {}), properties, ...options });
  },
  Optional: (of: object) => marked(of, '~optional', true),
  Unsafe: (of: object) => marked(of, '~unsafe', null),
} as unknown as Pick<
  typeof TypeBox.Type,
  | 'String'
  | 'Number'
  | 'Integer'
  | 'Boolean'
  | 'Null'
  | 'Unknown'
  | 'Literal'
  | 'Array'
  | 'Union'
  | 'Record'
  | 'Object'
  | 'Optional'
  | 'Unsafe'
>;

const schema = (kind: string, members: object) => marked(members, '~kind', kind);

/** A copy with one more mark; marks are hidden, so the JSON of a schema is JSON Schema and nothing else. */
function marked(members: object, name: string, value: unknown): object {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(members));
  return Object.defineProperty(copy, name, { value, enumerable: false, configurable: true, writable: true });
}
