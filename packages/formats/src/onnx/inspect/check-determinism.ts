import type { Model, Node } from '../model/messages.ts';
import { operatorName } from '../operators/operators.ts';
import type { Payload } from '../wire/message-fields.ts';
import { type Constant, constantsOf } from './constants-of.ts';
import { type Findings, quoted } from './findings.ts';
import { liveNodes } from './live-nodes.ts';
import { nodeWhere, type Region } from './walk-regions.ts';

/**
 * What keeps two honest nodes from giving the same answer: random operators, and 8-bit kernels that multiply unsigned
 * activations with signed weights (measured: 23 to 39 % of the output range apart between CPUs). Such models may be
 * published, but an audit of their answers means nothing.
 */
export function checkDeterminism(
  model: Model,
  regions: readonly Region[],
  findings: Findings,
): { nonDeterministicOps: string[]; mixedWeights: MixedWeight[] } {
  const live = liveNodes(model);
  const random = new Map<string, string>();
  const mixed: MixedWeight[] = [];
  for (const region of regions) {
    let constants: ReadonlyMap<string, Constant> | null = null;
    for (const [index, node] of region.nodes.entries()) {
      if (mayBeRandom(node) && live.has(node)) {
        constants ??= constantsOf(region);
        if (isRandom(node, constants)) random.set(operatorName(node.domain, node.op), nodeWhere(region, index));
      }
      const roles = quantisedInputs.get(node.op);
      if (roles) {
        constants ??= constantsOf(region);
        const weight = constants.get(node.inputs[roles.weight] ?? '');
        const activation = constants.get(node.inputs[roles.activationZeroPoint] ?? '')?.datatype;
        // An unknown activation comes from DynamicQuantizeLinear, which only makes UINT8.
        if (weight?.datatype === int8 && activation !== int8)
          mixed.push({ where: nodeWhere(region, index), raw: weight.raw });
      }
    }
    mixed.push(...mixedByQuantizeLinear(region));
  }
  for (const [name, where] of random) {
    findings.add(
      'NonDeterministic',
      where,
      `The operator ${quoted(name)} gives other answers each time, so answers cannot be audited; export the model for inference.`,
    );
  }
  return { nonDeterministicOps: [...random.keys()].sort(), mixedWeights: mixed };
}

/** Signed weights that meet unsigned activations. Whether CPUs differ depends on how large they are. */
export type MixedWeight = { readonly where: string; readonly raw: Payload | null };

const int8 = 3;
const uint8 = 2;

const randomOperators = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);

/** A model's own function may have any name, in a domain of its own. */
const mayBeRandom = ({ op, domain }: Node): boolean =>
  (domain === '' || domain === 'ai.onnx') && (randomOperators.has(op) || op === 'Dropout');

function isRandom({ op, inputs }: Node, constants: ReadonlyMap<string, Constant>): boolean {
  if (op !== 'Dropout') return true;
  // Dropout only drops in training mode, which since opset 12 is its third input. Exporters write it out as false.
  const [, , training = ''] = inputs;
  return training !== '' && constants.get(training)?.integers?.[0] !== 0;
}

const quantisedInputs: ReadonlyMap<string, { weight: number; activationZeroPoint: number }> = new Map([
  ['MatMulInteger', { weight: 1, activationZeroPoint: 2 }],
  ['ConvInteger', { weight: 1, activationZeroPoint: 2 }],
  ['QLinearMatMul', { weight: 3, activationZeroPoint: 2 }],
  ['QLinearConv', { weight: 3, activationZeroPoint: 2 }],
  ['QGemm', { weight: 3, activationZeroPoint: 2 }],
  ['QAttention', { weight: 1, activationZeroPoint: 6 }],
  ['MatMulIntegerToFloat', { weight: 1, activationZeroPoint: 4 }],
  ['DynamicQuantizeMatMul', { weight: 1, activationZeroPoint: -1 }],
  ['DynamicQuantizeLSTM', { weight: 1, activationZeroPoint: -1 }],
]);

/** The runtime fuses QuantizeLinear(UINT8) and DequantizeLinear of INT8 weights into the same kernels. */
function mixedByQuantizeLinear(region: Region): MixedWeight[] {
  if (!region.nodes.some(({ op }) => op === 'QuantizeLinear')) return [];
  const constants = constantsOf(region);
  const unsigned = region.nodes.some(
    // Without a zero point the output is UINT8.
    ({ op, inputs }) => op === 'QuantizeLinear' && (constants.get(inputs[2] ?? '')?.datatype ?? uint8) === uint8,
  );
  if (!unsigned) return [];
  return region.nodes.flatMap(({ op, inputs }, index) => {
    const weight = op === 'DequantizeLinear' ? constants.get(inputs[0] ?? '') : undefined;
    const isWeight = weight?.datatype === int8 && (weight.dims?.length ?? 0) >= 2;
    return isWeight ? [{ where: nodeWhere(region, index), raw: weight.raw }] : [];
  });
}
