import type { Node } from '../model/messages.ts';
import { type Findings, quoted } from './findings.ts';
import { nodeWhere, type Region } from './walk-regions.ts';

/**
 * If and Where whose condition is made of the plain values of an input, without weights in between: how a hidden
 * trigger would look, and how masks and padding look too. Whether it is one cannot be decided from the graph, so this
 * says where to look and no more. One finding for the whole model, at the first place.
 */
export function checkTriggers(regions: readonly Region[], findings: Findings): void {
  let first: { where: string; op: string } | null = null;
  let count = 0;
  const raw = new Set<string>();
  for (const region of regions) {
    // Functions have inputs without the graph that gives them theirs; branches see the names around them.
    if (region.owner >= 0) continue;
    if (region.depth === 0) for (const name of inputsOf(region)) raw.add(name);
    for (const [index, node] of region.nodes.entries()) {
      const condition = node.inputs[0] ?? '';
      if ((node.op === 'If' || node.op === 'Where') && raw.has(condition)) {
        count += 1;
        first ??= { where: nodeWhere(region, index), op: node.op };
      }
      if (plain.has(node.op) && node.inputs.some((input) => raw.has(input)))
        for (const output of node.outputs) raw.add(output);
    }
  }
  if (!first) return;
  const more = count > 1 ? ` and ${count - 1} more` : '';
  findings.add(
    'DecidesByInput',
    first.where,
    `The operator ${quoted(first.op)}${more} decides by the plain values of an input; whether that is a hidden trigger cannot be decided from the graph, so whoever publishes it should say what it is for.`,
  );
}

function inputsOf({ graph }: Region): string[] {
  const stored = new Set(graph?.initializers.map(({ name }) => name));
  return graph?.inputs.map(({ name }) => name).filter((name) => !stored.has(name)) ?? [];
}

/** Operators that keep a value readable: moving, comparing, counting. Shape is not among them: it sees no value. */
const plain: ReadonlySet<Node['op']> = new Set(
  `Abs Add And ArgMax ArgMin BitwiseAnd BitwiseOr Cast CastLike Ceil Clip Concat Div Equal Expand Flatten Floor Gather
  GatherElements GatherND Greater GreaterOrEqual Identity IsInf IsNaN Less LessOrEqual Max Min Mod Mul Neg Not Or ReduceMax
  ReduceMean ReduceMin ReduceProd ReduceSum Reshape Round Sign Slice Split Squeeze Sub Sum Transpose Unsqueeze Where Xor`.split(
    /\s+/,
  ),
);
