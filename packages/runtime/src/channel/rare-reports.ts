import { Type } from '@callable/protocol/schema';

/** Closed: what a runner says is shown to callers and signed, and a member nobody knows may be nested without end. */
const closed = (properties: Parameters<typeof Type.Object>[0]) =>
  Type.Object(properties, { additionalProperties: false });
const oneOf = (words: readonly string[]) => Type.Union(words.map((word) => Type.Literal(word)));
const text = Type.String();
const optional = Type.Optional(text);

const shape = Type.Union([Type.Array(Type.Integer()), Type.Null()]);
const runReasons = ['RunFailed', 'TimedOut', 'OutOfMemory', 'RunnerDied'];
const loadReasons = [
  ...['LoadFailed', 'OutOfMemory', 'TimedOut', 'UnsupportedOperator', 'KernelMissing', 'UnsupportedValueType'],
  ...['SchemaMismatch', 'UnsupportedFormat', 'RunnerDied'],
];

/** The reports that are JSON: a process that ran a stranger's model wrote them. */
export const RareReport = Type.Union([
  closed({ type: Type.Literal('ready'), version: text }),
  closed({ type: Type.Literal('loaded'), shapes: Type.Record(Type.String(), shape) }),
  closed({ type: Type.Literal('refused'), reason: oneOf(loadReasons), message: text }),
  closed({
    type: Type.Literal('input'),
    problem: closed({
      ...{ code: text, message: text, input: optional, pointer: optional, got: optional, expected: optional },
      allowed: Type.Optional(Type.Array(text)),
    }),
  }),
  closed({
    ...{ type: Type.Literal('failed'), reason: oneOf(runReasons), message: text },
    spent: Type.Optional(Type.Boolean()),
  }),
]);
