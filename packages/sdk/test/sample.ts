import { Check, type Static, type TSchema } from '@callable/protocol/schema';

/** One of these fits every pattern that an answer of the API has. */
const texts = [
  '',
  'a',
  '1.0.0',
  '0',
  'a'.repeat(44),
  '0'.repeat(64),
  `0x${'0'.repeat(40)}`,
  `0x${'0'.repeat(130)}`,
  `sha256:${'0'.repeat(64)}`,
  'double',
  'release.yanked',
];

/** The smallest value that fits a schema: required members only, no more elements than it must have. */
export function sample<Schema extends TSchema>(schema: Schema): Static<Schema> {
  const value = make(schema as unknown as JsonSchema);
  if (!Check(schema, value)) throw new Error(`No sample fits: ${JSON.stringify(schema)}`);
  return value;
}

type JsonSchema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  minItems?: number;
  minimum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
};

function make(schema: JsonSchema): unknown {
  const { properties = {}, minLength = 0, maxLength = Infinity, pattern = '' } = schema;
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return make(schema.anyOf[0] ?? {});
  switch (schema.type) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((name) => [name, make(properties[name] ?? {})]));
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => make(schema.items ?? {}));
    case 'string':
      return texts.find(
        (text) => text.length >= minLength && text.length <= maxLength && new RegExp(pattern, 'u').test(text),
      );
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return false;
    default:
      return null;
  }
}
