import type { Graph, ValueInfo } from '../model/messages.ts';
import { quoted } from './findings.ts';
import { tensorTypeName } from './tensor-types.ts';

/** What to do about an input that no call can carry, in a few words. */
export function cureOfInput({ type }: ValueInfo): string {
  switch (type.kind) {
    case 'sequence':
      return 'take its tensors as inputs of their own and join them inside by SequenceConstruct';
    case 'optional':
      return 'make it a plain tensor that is always given, or export the model without it';
    case 'map':
      return 'take its values as a tensor, in the order of its keys';
    case 'sparse':
      return 'take a dense tensor';
    default:
      return cureOfElements(type.datatype, 'start the graph with a Cast from it');
  }
}

/** What to do about an output that no call can carry, in a few words. */
export function cureOfOutput({ name, type }: ValueInfo, graph: Graph): string {
  switch (type.kind) {
    case 'sequence':
      return cureOfSequence(name, graph);
    case 'optional':
      return 'end the graph with OptionalGetElement';
    case 'map':
      return 'end the graph with the tensor of its values';
    case 'sparse':
      return 'end the graph with a dense tensor';
    default:
      return cureOfElements(type.datatype, 'end the graph with a Cast to it');
  }
}

function cureOfSequence(name: string, graph: Graph): string {
  const maker = graph.nodes.find(({ outputs }) => outputs.includes(name));
  if (maker?.op === 'SequenceConstruct') {
    const more = maker.inputs.length > 3 ? ' and the others' : '';
    const parts = maker.inputs.slice(0, 3).map(quoted).join(', ');
    return `name the tensors it is made of as outputs instead: ${parts}${more}`;
  }
  if (maker?.op === 'SplitToSequence') return 'use Split in the place of SplitToSequence, with an output for each part';
  return 'end the graph with tensors, for example by SequenceAt or ConcatFromSequence';
}

function cureOfElements(datatype: number, cast: string): string {
  const name = tensorTypeName(datatype);
  // There is no Cast from or to complex numbers.
  if (name.startsWith('COMPLEX')) return 'exchange real and imaginary parts as FLOAT';
  if (/^U?INT[24]$/.test(name)) return `exchange ${name.replace(/\d/, '8')} and ${cast}`;
  return `export it in float32 or float16, or exchange FLOAT and ${cast}`;
}
