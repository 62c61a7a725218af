import type { Graph, Model, ValueType } from '../model/messages.ts';
import { isUtf8 } from '../wire/decode-message.ts';
import { type Findings, quoted } from './findings.ts';
import { nodeWhere, type Region, storedTensors } from './walk-regions.ts';

const bytes = 8;
/** Attributes with one text that operators hand out; others name modes, domains and locales. */
const handedOut = new Set(['default_string', 'value_string', 'pad_value']);

/**
 * Texts that are not UTF-8, where an output is text. The bindings of the runtime turn each foreign byte into U+FFFD, so a
 * verified answer held another label than the model has, and two labels became one. No node can do better: the bytes are
 * gone before its own code sees them. A model that answers numbers may hold such texts, it only compares them.
 */
export function checkTexts(model: Model, graph: Graph, regions: readonly Region[], findings: Findings): void {
  if (!graph.outputs.some(({ type }) => isText(type))) return;
  const tell = (what: string, place: string) =>
    findings.add(
      'TextNotUtf8',
      place,
      `${what} holds a text that is not UTF-8, and an output of the model is text: callers would be told another one. Export it with texts decoded (Python: label.decode("latin-1")).`,
    );
  for (const { tensor, where } of storedTensors(model, regions))
    if (tensor.texts?.notUtf8) tell(`The tensor ${quoted(tensor.name)}`, where());
  for (const region of regions)
    for (const [index, node] of region.nodes.entries())
      for (const { name, text, texts } of node.attributes) {
        const one = handedOut.has(name) ? text?.bytes : null;
        if (texts?.notUtf8 || (one && !isUtf8(one, 0, one.length)))
          tell(`The attribute ${quoted(name)}`, nodeWhere(region, index));
      }
}

/** Also of lists and maps: publishing makes tensors of them. */
const isText = ({ kind, datatype, element }: ValueType): boolean =>
  element ? isText(element) : (kind === 'tensor' || kind === 'sparse') && datatype === bytes;
