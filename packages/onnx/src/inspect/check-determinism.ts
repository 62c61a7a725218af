import type { Node } from '../model/messages.ts';
import { type Constant, constantsOf } from './constants-of.ts';
import { type Findings, quoted } from './findings.ts';
import { operatorName } from './operators.ts';
import { nodeWhere, type Region } from './walk-regions.ts';

/**
 * What keeps two honest nodes from giving the same answer: random operators, and 8-bit kernels that multiply unsigned
 * activations with signed weights (measured: 23 to 39 % of the output range apart between CPUs). Such models may be
 * published, but an audit of their answers means nothing.
 */
export function checkDeterminism(
  regions: readonly Region[],
  findings: Findings,
): { nonDeterministicOps: string[]; mixedSignInt8: boolean } {
  const random = new Map<string, string>();
  let mixed = '';
  for (const region of regions) {
    let constants: ReadonlyMap<string, Constant> | null = null;
    for (const [index, node] of region.nodes.entries()) {
      if (isRandom(node)) random.set(operatorName(node.domain, node.op), nodeWhere(region, index));
      const roles = mixed === '' ? quantisedInputs.get(node.op) : undefined;
      if (roles) {
        constants ??= constantsOf(region);
        const weight = constants.get(node.inputs[roles.weight] ?? '')?.datatype;
        const activation = constants.get(node.inputs[roles.activationZeroPoint] ?? '')?.datatype;
        // An unknown activation comes from DynamicQuantizeLinear, which only makes UINT8.
        if (weight === int8 && activation !== int8) mixed = nodeWhere(region, index);
      }
    }
    if (mixed === '') mixed = mixedByQuantizeLinear(region);
  }
  for (const [name, where] of random) {
    findings.add(
      'NonDeterministic',
      where,
      `The operator ${quoted(name)} gives other answers each time, so answers cannot be audited; export the model for inference.`,
    );
  }
  if (mixed !== '') {
    findings.add(
      'MixedSignInt8',
      mixed,
      'Unsigned activations meet signed 8-bit weights, which CPUs compute differently, so answers cannot be audited; quantise with 7-bit weights (reduce_range) or unsigned ones.',
    );
  }
  return { nonDeterministicOps: [...random.keys()].sort(), mixedSignInt8: mixed !== '' };
}

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

function isRandom(node: Node): boolean {
  // Dropout only drops in training mode, which since opset 12 is its third input.
  return randomOperators.has(node.op) || (node.op === 'Dropout' && (node.inputs[2] ?? '') !== '');
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
function mixedByQuantizeLinear(region: Region): string {
  if (!region.nodes.some(({ op }) => op === 'QuantizeLinear')) return '';
  const constants = constantsOf(region);
  const unsigned = region.nodes.some(
    // Without a zero point the output is UINT8.
    ({ op, inputs }) => op === 'QuantizeLinear' && (constants.get(inputs[2] ?? '')?.datatype ?? uint8) === uint8,
  );
  const index = region.nodes.findIndex(({ op, inputs }) => {
    const weight = op === 'DequantizeLinear' ? constants.get(inputs[0] ?? '') : undefined;
    return weight?.datatype === int8 && (weight.dims?.length ?? 0) >= 2;
  });
  return unsigned && index >= 0 ? nodeWhere(region, index) : '';
}
