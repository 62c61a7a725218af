import type { Model } from '../model/messages.ts';
import { calledFunction, functionKey, functionsByName } from '../operators/function-index.ts';
import { isOfRuntime } from '../operators/operators.ts';
import { isBuiltIn } from './check-operators.ts';
import { type Findings, quoted } from './findings.ts';
import type { Limits } from './limits.ts';
import type { Region } from './walk-regions.ts';

/**
 * Model-local functions: named once, not hiding a built-in operator, not recursive, and small after expansion. A load
 * cannot be stopped from within, so the expansion is counted here over the graph of calls, each function once.
 */
export function checkFunctions(
  model: Model,
  regions: readonly Region[],
  findings: Findings,
  limits: Pick<Limits, 'callDepth' | 'expandedNodes'>,
): void {
  if (model.functions.length === 0) return;
  checkNames(model, findings);

  const functions = functionsByName(model);
  const bodies = model.functions.map((): Body => ({ nodes: 0, calls: new Map() }));
  const main: Body = { nodes: 0, calls: new Map() };
  for (const region of regions) {
    const body = bodies[region.owner] ?? main;
    for (const node of region.nodes) {
      const callee = calledFunction(functions, node);
      if (callee === undefined) body.nodes += 1;
      else body.calls.set(callee, (body.calls.get(callee) ?? 0) + 1);
    }
  }

  const expanded = new Map<number, Expansion>();
  const open = new Set<number>();
  const expand = (body: Body, depth: number): Expansion => {
    if (depth > limits.callDepth) throw new Refused('FunctionBomb', -1);
    const total = { nodes: body.nodes, height: 0 };
    for (const [callee, times] of body.calls) {
      if (open.has(callee)) throw new Refused('RecursiveFunction', callee);
      let size = expanded.get(callee);
      if (size === undefined) {
        open.add(callee);
        size = expand(bodies[callee] ?? main, depth + 1);
        open.delete(callee);
        expanded.set(callee, size);
      }
      total.nodes += size.nodes * times;
      // Walked bottom first, a chain is never deep on the stack; its height still adds up.
      total.height = Math.max(total.height, size.height + 1);
      if (total.height > limits.callDepth) throw new Refused('FunctionBomb', -1);
    }
    return total;
  };

  try {
    // Functions nobody calls are walked too: the runtime checks them at load.
    const all = bodies.map((_, index) => index);
    const everything: Body = { nodes: 0, calls: new Map(all.map((index) => [index, 1])) };
    expand(everything, -1);
    const { nodes } = expand(main, 0);
    if (nodes > limits.expandedNodes) {
      const count = Number.isFinite(nodes) && nodes < 1e15 ? String(nodes) : nodes.toExponential(1);
      findings.add(
        'FunctionBomb',
        'functions',
        `The model has ${count} nodes once its function calls are expanded, more than ${limits.expandedNodes}; export it without nested functions.`,
      );
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === 'RecursiveFunction') {
      findings.add(
        'RecursiveFunction',
        `functions[${error.callee}]`,
        `The function ${quoted(model.functions[error.callee]?.name ?? '')} calls itself, which ONNX forbids; remove the recursion.`,
      );
    } else {
      findings.add(
        'FunctionBomb',
        'functions',
        `Functions call functions more than ${limits.callDepth} deep; export the model with its functions inlined.`,
      );
    }
  }
}

type Expansion = { nodes: number; height: number };
type Body = { nodes: number; calls: Map<number, number> };

class Refused extends Error {
  readonly code: 'FunctionBomb' | 'RecursiveFunction';
  readonly callee: number;
  constructor(code: 'FunctionBomb' | 'RecursiveFunction', callee: number) {
    super(code);
    this.code = code;
    this.callee = callee;
  }
}

function checkNames(model: Model, findings: Findings): void {
  const seen = new Set<string>();
  for (const [index, local] of model.functions.entries()) {
    const key = functionKey(local);
    if (seen.has(key)) {
      findings.add(
        'DuplicateName',
        `functions[${index}]`,
        `The function ${quoted(local.name)} is defined twice; keep one definition.`,
      );
    }
    seen.add(key);
    if (isBuiltIn(local.domain, local.name) || isOfRuntime(local.domain)) {
      findings.add(
        'FunctionShadowsOperator',
        `functions[${index}]`,
        `The function ${quoted(local.name)} has the name of a built-in operator or the domain of one, so the graph would not mean what it says; rename it.`,
      );
    }
  }
}
