import type { FieldAt } from './field-at.ts';

/** Field numbers of `doc_string` and `metadata_props` by message: texts for people and tools, which no runtime reads. */
const docStrings: Readonly<Record<FieldAt['of'], number>> = {
  ...{ Model: 6, Graph: 10, Node: 6, Attribute: 13, ValueInfo: 3, Tensor: 12, Function: 8 },
  ...{ SparseTensor: 0, TrainingInfo: 0, TensorAnnotation: 0, OperatorSetId: 0, Entry: 0 },
};
const metadata: Readonly<Record<FieldAt['of'], number>> = {
  ...{ Model: 14, Graph: 16, Node: 9, ValueInfo: 4, Tensor: 16, Function: 14 },
  ...{ Attribute: 0, SparseTensor: 0, TrainingInfo: 0, TensorAnnotation: 0, OperatorSetId: 0, Entry: 0 },
};

/** Whether a field is a text beside the graph. Where weights lie in other files (`external_data`) is none. */
export function textKindOf({ of, number, wire }: FieldAt): 'doc' | 'entry' | null {
  if (wire !== 2) return null;
  return number === docStrings[of] ? 'doc' : number === metadata[of] ? 'entry' : null;
}
