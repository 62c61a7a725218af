import { ownMember } from '@callable/protocol';

type Shape = { type?: string; properties?: Record<string, Shape> };

/** Members that arrived as text, as the numbers and truth values their schema names; what is neither stays text and is refused. */
export function readTexts(schema: Shape, input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input;
  const { properties = {} } = schema;
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, readText(ownMember(properties, name)?.type, value)]),
  );
}

function readText(type: string | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  // One spelling per number: Number() alone would take '', ' 7 ' and '0x7'.
  if ((type === 'integer' || type === 'number') && /^-?\d{1,17}(\.\d{1,17})?$/.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}
