import { ownMember } from '@callable/protocol';
import type { Node } from '../model/messages.ts';
import { attributeOf, type Constant, constantOf, constantsOf } from './constants-of.ts';
import { type Findings, quoted } from './findings.ts';
import type { Limits } from './limits.ts';
import { elementCount, tensorType } from './tensor-types.ts';
import { nodeWhere, type Region, sparseTensors } from './walk-regions.ts';

/**
 * Bytes the runtime will allocate because of constants in the graph, beyond what was uploaded. Only sizes written down
 * in the model are seen; a size computed from inputs is for the runner's memory limit. Answers the sum of what is known.
 */
export function checkGrowth(
  regions: readonly Region[],
  findings: Findings,
  limits: Pick<Limits, 'generatedBytes'>,
): number {
  let total = 0;
  let largest = { bytes: 0, where: '', what: '' };
  const count = (bytes: number, where: string, what: string): void => {
    total += bytes;
    if (bytes > largest.bytes) largest = { bytes, where, what };
  };
  for (const region of regions) {
    let constants: ReadonlyMap<string, Constant> | null = null;
    /** Values whose shape follows from constants, so that one generator can feed the next. */
    const made = new Map<string, Constant>();
    for (const [index, node] of region.nodes.entries()) {
      const generator = generators.get(node.op);
      if (!generator || node.domain === 'ai.onnx.ml') continue;
      constants ??= constantsOf(region);
      const known = constants;
      const lookup: Lookup = (input) =>
        made.get(node.inputs[input] ?? '') ?? known.get(node.inputs[input] ?? '') ?? null;
      remember(node, lookup, made);
      const bytes = generator(node, lookup);
      if (bytes !== null && bytes > 0) count(bytes, nodeWhere(region, index), node.op);
    }
  }
  for (const { sparse, where } of sparseTensors(regions)) {
    const elements = sparse.dims.count === sparse.dims.values.length ? elementCount(sparse.dims.values) : Number.NaN;
    const bytes = bytesOf(elements, sparse.values?.datatype ?? 1);
    if (bytes === null) {
      findings.add(
        'InvalidDimensions',
        where,
        'A sparse tensor has a shape no memory can hold; export the model again.',
      );
    } else count(bytes, where, 'a sparse tensor');
  }
  for (const region of regions) {
    const grown = growthOf(region);
    if (grown && grown.factor > limits.generatedBytes) count(grown.factor, nodeWhere(region, grown.index), grown.op);
  }
  if (total > limits.generatedBytes) {
    findings.add(
      'OutputBomb',
      largest.where,
      `The model asks for ${readable(total)} of memory without carrying data for it (${quoted(largest.what)} alone ${readable(largest.bytes)}); the limit is ${readable(limits.generatedBytes)}, so make those tensors smaller.`,
    );
  }
  return Math.min(total, Number.MAX_SAFE_INTEGER);
}

type Lookup = (input: number) => Constant | null;
type Generator = (node: Node, constant: Lookup) => number | null;

/** Operators whose output size follows from constants; each answers bytes, or null where it cannot be known. */
const generators: ReadonlyMap<string, Generator> = new Map<string, Generator>([
  [
    'ConstantOfShape',
    (node, constant) => {
      const value = attributeOf(node, 'value')?.tensor;
      return bytesOf(product(constant(0)?.integers), value ? constantOf(value).datatype : 1);
    },
  ],
  ['Expand', (_, constant) => bytesOf(product(constant(1)?.integers), constant(0)?.datatype ?? 1)],
  [
    'Tile',
    (_, constant) => {
      const tiled = constant(0);
      const repeats = product(constant(1)?.integers);
      return bytesOf(repeats === null ? null : repeats * elements(tiled), tiled?.datatype ?? 1);
    },
  ],
  [
    'Pad',
    (_, constant) => {
      const pads = constant(1)?.integers;
      const dims = constant(0)?.dims;
      if (!pads) return null;
      const half = pads.length / 2;
      const sizes = pads.slice(0, half).map((before, axis) => before + (pads[axis + half] ?? 0) + (dims?.[axis] ?? 1));
      return bytesOf(product(sizes.map((size) => Math.max(size, 1))), constant(0)?.datatype ?? 1);
    },
  ],
  [
    'Range',
    (_, constant) => {
      const [start, limit, delta] = [0, 1, 2].map((input) => constant(input)?.integers?.[0]);
      if (start === undefined || limit === undefined || !delta) return null;
      return bytesOf(Math.max(0, Math.ceil((limit - start) / delta)), constant(0)?.datatype ?? 7);
    },
  ],
  [
    'Resize',
    (_, constant) => bytesOf(product(constant(3)?.integers) ?? scaled(constant, 2), constant(0)?.datatype ?? 1),
  ],
  ['Upsample', (_, constant) => bytesOf(scaled(constant, 1), constant(0)?.datatype ?? 1)],
  [
    'NonZero',
    (_, constant) => {
      const dims = constant(0)?.dims;
      return dims ? bytesOf(product(dims) === null ? null : Math.max(1, dims.length) * elements(constant(0)), 7) : null;
    },
  ],
  ['CenterCropPad', (_, constant) => bytesOf(product(constant(1)?.integers), constant(0)?.datatype ?? 1)],
  ['MaxUnpool', (_, constant) => bytesOf(product(constant(2)?.integers), 1)],
  ['AffineGrid', (_, constant) => bytesOf(product(constant(1)?.integers), 1)],
  [
    'MelWeightMatrix',
    (_, constant) => {
      const [bins, length] = [constant(0)?.integers?.[0], constant(1)?.integers?.[0]];
      return bins === undefined || length === undefined ? null : bytesOf(bins * (length / 2 + 1), 1);
    },
  ],
  ['Multinomial', (node) => bytesOf(attributeOf(node, 'sample_size')?.integer ?? null, 6)],
  ['OneHot', (_, constant) => bytesOf(constant(1)?.integers?.[0] ?? null, constant(2)?.datatype ?? 1)],
  ['RandomNormal', shapeAttribute],
  ['RandomUniform', shapeAttribute],
  ['BlackmanWindow', (_, constant) => bytesOf(constant(0)?.integers?.[0] ?? null, 1)],
  ['HannWindow', (_, constant) => bytesOf(constant(0)?.integers?.[0] ?? null, 1)],
  ['HammingWindow', (_, constant) => bytesOf(constant(0)?.integers?.[0] ?? null, 1)],
]);

/** What scales make of a tensor; of an unknown one, of a single element. */
function scaled(constant: Lookup, input: number): number | null {
  const scales = constant(input)?.floats;
  if (!scales || scales.length === 0) return null;
  return scales.reduce((factor, scale) => factor * Math.max(scale, 0), elements(constant(0)));
}

function remember(node: Node, constant: Lookup, made: Map<string, Constant>): void {
  const [output] = node.outputs;
  const dims = ownMember({ ConstantOfShape: constant(0)?.integers, Expand: constant(1)?.integers }, node.op);
  if (!output || !dims) return;
  const datatype = node.op === 'Expand' ? (constant(0)?.datatype ?? 1) : 1;
  made.set(output, { dims, datatype, integers: null, floats: null, raw: null });
}

/**
 * By how much the last of a chain of copies exceeds the first: Concat of a value with itself doubles it. Only through
 * operators that keep what they are given; a convolution or a product begins anew.
 */
function growthOf(region: Region): { factor: number; index: number; op: string } | null {
  const factors = new Map<string, number>();
  let largest: { factor: number; index: number; op: string } | null = null;
  for (const [index, { op, inputs, outputs }] of region.nodes.entries()) {
    const given = inputs.map((input) => factors.get(input) ?? 1);
    const factor =
      op === 'Concat' ? given.reduce((sum, each) => sum + each, 0) : keeping.has(op) ? Math.max(1, ...given) : 1;
    if (factor === 1) continue;
    for (const output of outputs) factors.set(output, factor);
    if (factor > (largest?.factor ?? 1)) largest = { factor, index, op };
  }
  return largest;
}

const keeping: ReadonlySet<string> = new Set(
  'Abs Add Cast Clip Div Dropout Elu Erf Exp Flatten Identity LeakyRelu Log Mul Neg Pow Relu Reshape Sigmoid Sqrt Squeeze Sub Tanh Transpose Unsqueeze'.split(
    ' ',
  ),
);

function shapeAttribute(node: Node): number | null {
  const run = attributeOf(node, 'shape')?.integers;
  return bytesOf(run && run.count === run.values.length ? product(run.values) : null, 1);
}

function product(dims: readonly number[] | null | undefined): number | null {
  if (!dims) return null;
  const count = elementCount(dims);
  return Number.isNaN(count) ? null : count;
}

function elements(constant: Constant | null): number {
  const count = constant?.dims ? elementCount(constant.dims) : 1;
  return Number.isNaN(count) ? 1 : count;
}

function bytesOf(count: number | null, datatype: number): number | null {
  if (count === null || Number.isNaN(count) || count < 0) return null;
  // Strings have no width; an empty one costs the runtime 32 bytes.
  const bits = tensorType(datatype)?.bits || 256;
  return Math.ceil((count * bits) / 8);
}

function readable(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'an endless amount';
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
