/**
 * Which fields of ONNX's messages are messages themselves, by field number. Everything else is a leaf to whoever only
 * changes a model: texts, numbers, payloads. A number that is missing here is stepped over whole.
 */
const kinds = {
  Model: { 7: 'Graph', 8: 'OperatorSetId', 14: 'Entry', 20: 'TrainingInfo', 25: 'Function' },
  Graph: {
    1: 'Node',
    5: 'Tensor',
    11: 'ValueInfo',
    12: 'ValueInfo',
    13: 'ValueInfo',
    14: 'TensorAnnotation',
    15: 'SparseTensor',
    16: 'Entry',
  },
  Node: { 5: 'Attribute', 9: 'Entry' },
  Attribute: { 5: 'Tensor', 6: 'Graph', 10: 'Tensor', 11: 'Graph', 22: 'SparseTensor', 23: 'SparseTensor' },
  Tensor: { 13: 'Entry', 16: 'Entry' },
  SparseTensor: { 1: 'Tensor', 2: 'Tensor' },
  ValueInfo: { 4: 'Entry' },
  Function: { 7: 'Node', 9: 'OperatorSetId', 11: 'Attribute', 12: 'ValueInfo', 14: 'Entry' },
  TrainingInfo: { 1: 'Graph', 2: 'Graph', 3: 'Entry', 4: 'Entry' },
  TensorAnnotation: { 2: 'Entry' },
  OperatorSetId: {},
  Entry: {},
} as const satisfies Record<string, Record<number, string>>;

export type MessageKind = keyof typeof kinds;

const byKind = new Map<MessageKind, ReadonlyMap<number, MessageKind>>(
  Object.entries(kinds).map(([kind, fields]) => [
    kind as MessageKind,
    new Map(Object.entries(fields).map(([number, nested]) => [Number(number), nested])),
  ]),
);

/** The message that field `number` of a message of this kind holds, or null where it holds none. */
export function kindOfField(of: MessageKind, number: number): MessageKind | null {
  return byKind.get(of)?.get(number) ?? null;
}
