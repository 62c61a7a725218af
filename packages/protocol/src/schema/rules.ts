/** The keywords of JSON Schema that schemas here may use. */
export type Rules = {
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly object[];
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  items?: object;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, object>;
  required?: readonly string[];
  patternProperties?: Record<string, object>;
  additionalProperties?: boolean;
  maxProperties?: number;
};

const keywords: { [Keyword in keyof Required<Rules>]: true } = {
  ...{ type: true, const: true, enum: true, anyOf: true },
  ...{ minLength: true, maxLength: true, pattern: true, minimum: true, maximum: true },
  ...{ items: true, minItems: true, maxItems: true },
  ...{ properties: true, required: true, patternProperties: true, additionalProperties: true, maxProperties: true },
};

/** What only tells people and tools something. */
const annotations = ['title', 'description', 'examples'];

/** Throws a TypeError for a keyword that nobody would check: a schema that means more than is done is a hole. */
export function rulesOf(schema: object): Rules {
  const unknown = Object.keys(schema).find((name) => !Object.hasOwn(keywords, name) && !annotations.includes(name));
  if (unknown !== undefined) throw new TypeError(`A schema uses the keyword ${unknown}, which is not checked here.`);
  return schema;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
