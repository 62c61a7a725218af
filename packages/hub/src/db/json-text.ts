declare const value: unique symbol;

/**
 * A value kept as JSON text. The schema says of each column what it holds, so that whoever reads a row says it no more
 * and cannot say it wrongly. What stands there went through a parser before it was kept.
 */
export type JsonText<Value> = string & { readonly [value]: Value };

/** The value a column holds. */
export function readJson<Value>(text: JsonText<Value>): Value {
  return JSON.parse(text) as Value;
}

/** The text to keep a value as. */
export function toJsonText<Value>(value: Value): JsonText<Value> {
  return JSON.stringify(value) as JsonText<Value>;
}
