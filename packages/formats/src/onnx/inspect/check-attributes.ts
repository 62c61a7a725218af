import type { Attribute, Model } from '../model/messages.ts';
import { type Findings, quoted } from './findings.ts';
import { nodeWhere, type Region } from './walk-regions.ts';

/** An attribute has one value of one kind. With two, what a reviewer's tool shows need not be what is run. */
export function checkAttributes(model: Model, regions: readonly Region[], findings: Findings): void {
  for (const region of regions) {
    for (const [index, node] of region.nodes.entries()) {
      for (const attribute of node.attributes) checkAttribute(attribute, () => nodeWhere(region, index), findings);
    }
  }
  for (const [index, local] of model.functions.entries()) {
    for (const attribute of local.attributes) checkAttribute(attribute, () => `functions[${index}]`, findings);
  }
}

function checkAttribute(attribute: Attribute, where: () => string, findings: Findings): void {
  const { integer, integers, text, texts, float, floats, tensor, tensors, graphs, sparseTensors } = attribute;
  const values = [integer, integers, text, texts, float, floats, tensor].filter((value) => value !== null).length;
  const lists = [tensors, graphs, sparseTensors].filter((list) => list.length > 0).length;
  if (values + lists <= 1) return;
  findings.add(
    'DualAttributeValue',
    where(),
    `The attribute ${quoted(attribute.name)} has values of several kinds, so tools could read different ones; export the model again.`,
  );
}
