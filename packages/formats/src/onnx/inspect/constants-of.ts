import type { Attribute, Node, Tensor } from '../model/messages.ts';
import type { Payload } from '../wire/message-fields.ts';
import { smallFloats, smallIntegers } from './tensor-types.ts';
import type { Region } from './walk-regions.ts';

/** What is known about a value without running anything. */
export type Constant = {
  /** Its shape, or null where unknown. */
  readonly dims: readonly number[] | null;
  readonly datatype: number;
  /** Its elements where they are few integers. */
  readonly integers: readonly number[] | null;
  /** Its elements where they are few FP32 numbers. */
  readonly floats: readonly number[] | null;
  /** Where its bytes lie in the model file, when they do. */
  readonly raw: Payload | null;
};

/** Constants by name in one region: initialisers, Constant nodes, and Identity of either. */
export function constantsOf(region: Region): ReadonlyMap<string, Constant> {
  const constants = new Map<string, Constant>();
  for (const tensor of region.graph?.initializers ?? []) constants.set(tensor.name, constantOf(tensor));
  for (const node of region.nodes) {
    const [output] = node.outputs;
    if (!output) continue;
    if (node.op === 'Constant') {
      const constant = node.attributes.map(constantAttribute).find((found) => found !== null);
      if (constant) constants.set(output, constant);
    } else if (node.op === 'Identity') {
      const source = constants.get(node.inputs[0] ?? '');
      if (source) constants.set(output, source);
    }
  }
  return constants;
}

export function attributeOf(node: Node, name: string): Attribute | undefined {
  return node.attributes.find((attribute) => attribute.name === name);
}

export function constantOf(tensor: Tensor): Constant {
  const dims = tensor.dims.count === tensor.dims.values.length ? tensor.dims.values : null;
  const { datatype, raw } = tensor;
  return { dims, datatype, integers: smallIntegers(tensor), floats: smallFloats(tensor), raw };
}

/** A constant written as an attribute has no bytes of its own. */
const written = { integers: null, floats: null, raw: null };

function constantAttribute(attribute: Attribute): Constant | null {
  switch (attribute.name) {
    case 'value':
      return attribute.tensor ? constantOf(attribute.tensor) : null;
    case 'value_int':
      return attribute.integer === null ? null : { ...written, dims: [], datatype: 7, integers: [attribute.integer] };
    case 'value_ints': {
      const run = attribute.integers;
      const known = run !== null && run.count === run.values.length;
      return run ? { ...written, dims: [run.count], datatype: 7, integers: known ? run.values : null } : null;
    }
    case 'value_floats': {
      const run = attribute.floats;
      const known = run !== null && run.count === run.values.length;
      return run ? { ...written, dims: [run.count], datatype: 1, floats: known ? run.values : null } : null;
    }
    default:
      return null;
  }
}
