import type { Model } from '../model/messages.ts';
import { firstOpset, isOfficial } from '../operators/find-history.ts';
import { calledFunction, functionsByName } from '../operators/function-index.ts';
import {
  domainName,
  fragileOperators,
  isOfRuntime,
  operatorDomains,
  operatorName,
  withheldOperators,
} from '../operators/operators.ts';
import { type Findings, quoted } from './findings.ts';
import { nodeWhere, type Region } from './walk-regions.ts';

/** Operators by name with how often each occurs, in all graphs and function bodies. */
export type Histogram = Map<string, number>;

/** Every operator must be one a node can run, or a function the model brings along. */
export function checkOperators(
  model: Model,
  regions: readonly Region[],
  opsets: ReadonlyMap<string, number>,
  findings: Findings,
): Histogram {
  const functions = functionsByName(model);
  const histogram: Histogram = new Map();
  const unknown = new Map<string, UnknownOperator>();
  const unimported = new Set<string>();
  const fragile = new Set<string>();

  for (const region of regions) {
    const own = model.functions[region.owner]?.opsets.map(({ domain }) => domainName(domain)) ?? [];
    for (const [index, node] of region.nodes.entries()) {
      const name = operatorName(node.domain, node.op);
      histogram.set(name, (histogram.get(name) ?? 0) + 1);
      if (calledFunction(functions, node) !== undefined) continue;
      const domain = domainName(node.domain);
      if (fragileOperators.has(name) && !fragile.has(name)) {
        fragile.add(name);
        findings.add(
          'FragileOperator',
          nodeWhere(region, index),
          `The kernel of ${quoted(name)} lately read or wrote beyond its memory on strange inputs; a node runs it in a process of its own, as it does all models.`,
        );
      }
      if (!isBuiltIn(domain, node.op)) {
        if (!unknown.has(name)) unknown.set(name, { domain, op: node.op, where: nodeWhere(region, index) });
      } else if (opsets.size > 0 && !opsets.has(domain) && !own.includes(domain) && !unimported.has(domain)) {
        unimported.add(domain);
        findings.add(
          'MissingOpset',
          nodeWhere(region, index),
          `The model uses operators of ${domain} but does not say which opset, so each runtime chooses its own; add an opset_import for ${domain}.`,
        );
      }
    }
  }
  const [first] = unknown;
  if (first) findings.add('UnknownOperator', first[1].where, unknownMessage(first[1], [...unknown.keys()]));
  return histogram;
}

type UnknownOperator = { readonly domain: string; readonly op: string; readonly where: string };

/** Why no node runs it, which is not the same for all, and so the cure. */
function unknownMessage({ domain, op }: UnknownOperator, names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  const start = `No node runs ${names.slice(0, 5).map(quoted).join(', ')}${more}`;
  if (isOfficial(domain)) {
    const first = firstOpset(domain, op);
    const newest = operatorDomains.find(({ name }) => name === domain)?.maxVersion ?? 0;
    if (first !== null && first > newest)
      return `${start}: it is new in opset ${first}; export with opset ${newest}, for which exporters write it out of older operators.`;
    if (first !== null)
      return `${start}: the runtime has no kernel of it, of no opset; do that step outside of the model, or write it out of other operators.`;
  }
  if (withheldOperators.has(operatorName(domain, op)))
    return `${start}: its kernel lately read or wrote beyond its memory, so it is left out; publish the model as it was before ONNX Runtime's optimizer fused it.`;
  if (isOfRuntime(domain))
    return `${start}: it is one of ONNX Runtime's own that nodes do not have; publish the model as it was before the optimizer, or for the CPU.`;
  return `${start}; export the model with standard ONNX operators, or bring the operator as a model-local function.`;
}

export function isBuiltIn(domain: string, op: string): boolean {
  return operatorDomains.some((known) => known.name === domainName(domain) && known.operators.has(op));
}
