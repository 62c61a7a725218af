import type { Node } from '../model/messages.ts';
import { attributeOf, type Constant, constantsOf } from './constants-of.ts';
import type { Findings } from './findings.ts';
import { nodeWhere, type Region } from './walk-regions.ts';

/**
 * Convolutions whose parts disagree about how many axes there are, which ONNX forbids. ONNX Runtime 1.30 had a fault
 * with such models (its issue 28731).
 */
export function checkWindows(regions: readonly Region[], findings: Findings): void {
  for (const region of regions) {
    let constants: ReadonlyMap<string, Constant> | null = null;
    const inputs = new Map(region.graph?.inputs.map(({ name, type }) => [name, type.shape?.length]) ?? []);
    for (const [index, node] of region.nodes.entries()) {
      const weight = weightInputs.get(node.op);
      if (weight === undefined || node.domain === 'ai.onnx.ml') continue;
      constants ??= constantsOf(region);
      const data = node.inputs[0] ?? '';
      const ranks = [
        constants.get(node.inputs[weight] ?? '')?.dims?.length,
        inputs.get(data) ?? constants.get(data)?.dims?.length,
      ].map((rank) => (rank === undefined ? undefined : rank - 2));
      const known = [...ranks, ...attributeAxes(node)].filter((axes) => axes !== undefined);
      if (known.every((axes) => axes === known[0] && axes >= 1)) continue;
      findings.add(
        'WindowRankMismatch',
        nodeWhere(region, index),
        'The weights, the input and the attributes of a convolution have different numbers of axes; export the model again.',
      );
    }
  }
}

/** Which input holds the weights. */
const weightInputs = new Map([
  ['Conv', 1],
  ['ConvTranspose', 1],
  ['ConvInteger', 1],
  ['QLinearConv', 3],
  ['FusedConv', 1],
]);

function attributeAxes(node: Node): (number | undefined)[] {
  const lengthOf = (name: string) => attributeOf(node, name)?.integers?.count;
  const pads = lengthOf('pads');
  return [
    lengthOf('kernel_shape'),
    lengthOf('strides'),
    lengthOf('dilations'),
    pads === undefined ? undefined : pads / 2,
  ];
}
