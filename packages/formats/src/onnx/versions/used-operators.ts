import type { Model, Node, Opset } from '../model/messages.ts';
import { calledFunction, functionsByName } from '../operators/function-index.ts';
import { domainName } from '../operators/operators.ts';

/** One place that says which operator sets its nodes are of: the model, or a function it brings along. */
export type VersionScope = {
  /** By domain, `ai.onnx` written out. */
  readonly imports: ReadonlyMap<string, number>;
  /** By domain and operator, of its nodes and of all graphs below them, the attributes some node of it has. */
  readonly operators: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
};

/** Which operators of which sets a model uses: all that decides whether a version can be lowered. */
export type UsedOperators = { readonly irVersion: number; readonly scopes: readonly VersionScope[] };

/** Nodes of the model, or of the function with this index; -1 is the model. */
type Owned = { readonly owner: number; readonly nodes: readonly Node[] };

/** The same of a model that was read whole. */
export function usedOperators(model: Model, regions: Iterable<Owned>): UsedOperators {
  const functions = functionsByName(model);
  const main = importsOf(model.opsets);
  const scopes = [main, ...model.functions.map(({ opsets }) => new Map([...main, ...importsOf(opsets)]))].map(
    (imports) => ({ imports, operators: newOperators() }),
  );
  for (const { owner, nodes } of regions) {
    const operators = scopes[owner + 1]?.operators;
    for (const node of nodes) {
      if (!operators || calledFunction(functions, node) !== undefined) continue;
      const names = node.attributes.map(({ name }) => name);
      addOperator(operators, node.domain, node.op, names);
    }
  }
  return { irVersion: model.irVersion, scopes };
}

export function importsOf(opsets: readonly Opset[]): Map<string, number> {
  return new Map(opsets.map(({ domain, version }) => [domainName(domain), version]));
}

export type Operators = Map<string, Map<string, Set<string>>>;

export function newOperators(): Operators {
  return new Map();
}

export function addOperator(operators: Operators, domain: string, op: string, attributes: Iterable<string>): void {
  const name = domainName(domain);
  const used = operators.get(name) ?? new Map<string, Set<string>>();
  operators.set(name, used);
  const names = used.get(op) ?? new Set<string>();
  used.set(op, names);
  for (const each of attributes) names.add(each);
}
