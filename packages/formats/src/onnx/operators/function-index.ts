import type { LocalFunction, Model, Node } from '../model/messages.ts';
import { domainName } from './operators.ts';

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
