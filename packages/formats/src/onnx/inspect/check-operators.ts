import type { LocalFunction, Model, Node } from '../model/messages.ts';
import { type Findings, quoted } from './findings.ts';
import { domainName, fragileOperators, operatorDomains, operatorName } from './operators.ts';
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
  const unknown = new Map<string, string>();
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
        if (!unknown.has(name)) unknown.set(name, nodeWhere(region, index));
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
  if (unknown.size > 0) {
    const [[, where] = ['', '']] = unknown;
    const names = [...unknown.keys()].slice(0, 5).map(quoted).join(', ');
    const more = unknown.size > 5 ? ` and ${unknown.size - 5} more` : '';
    findings.add(
      'UnknownOperator',
      where,
      `No node can run ${names}${more}; export the model with standard ONNX operators, or bring the operator as a model-local function.`,
    );
  }
  return histogram;
}

export type FunctionIndex = ReadonlyMap<string, number>;

/** Model-local functions by the name nodes call them with; duplicates keep the first. */
export function functionsByName(model: Model): FunctionIndex {
  const index = new Map<string, number>();
  for (const [position, local] of model.functions.entries()) {
    const key = functionKey(local);
    if (!index.has(key)) index.set(key, position);
  }
  return index;
}

/** The function a node calls, by its index in the model, or undefined for a built-in operator. */
export function calledFunction(functions: FunctionIndex, node: Node): number | undefined {
  if (functions.size === 0) return undefined;
  return functions.get(functionKey({ domain: node.domain, name: node.op, overload: node.overload }));
}

export function functionKey(local: Pick<LocalFunction, 'domain' | 'name' | 'overload'>): string {
  return JSON.stringify([domainName(local.domain), local.name, local.overload]);
}

export function isBuiltIn(domain: string, op: string): boolean {
  return operatorDomains.some((known) => known.name === domainName(domain) && known.operators.has(op));
}
