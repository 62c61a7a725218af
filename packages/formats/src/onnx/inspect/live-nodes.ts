import type { Model, Node } from '../model/messages.ts';
import { calledFunction, functionsByName } from '../operators/function-index.ts';

/**
 * The nodes an output of the model may hang on, subgraphs and called functions whole. attack: a random operator whose value
 * nobody uses would let a publisher call a model random, and have its vectors compare nothing. Rather too many than too few:
 * a node that is left out is taken for one that changes no answer. Walked by lists: functions may call each other 10,000 deep.
 */
export function liveNodes(model: Model): ReadonlySet<Node> {
  const live = new Set<Node>();
  const { graph } = model;
  if (!graph) return live;
  const functions = functionsByName(model);
  const producers = new Map<string, Node[]>();
  for (const node of graph.nodes)
    for (const output of node.outputs) {
      const makers = producers.get(output);
      if (makers) makers.push(node);
      else producers.set(output, [node]);
    }

  const names = graph.outputs.map(({ name }) => name);
  const seen = new Set<string>();
  /** Whether a node sees the names of the main graph; in the body of a function it does not. */
  const found: { node: Node; isOutside: boolean }[] = [];
  while (found.length > 0 || names.length > 0) {
    const next = found.pop();
    if (next) take(next.node, next.isOutside);
    else want(names.pop() ?? '');
  }
  return live;

  function want(name: string): void {
    if (seen.has(name)) return;
    seen.add(name);
    for (const node of producers.get(name) ?? []) found.push({ node, isOutside: false });
  }

  function take(node: Node, isOutside: boolean): void {
    if (live.has(node)) return;
    live.add(node);
    if (!isOutside) for (const input of node.inputs) names.push(input);
    for (const { graphs } of node.attributes)
      for (const { nodes, outputs } of graphs) {
        for (const inner of nodes) found.push({ node: inner, isOutside });
        if (!isOutside) for (const { name } of outputs) names.push(name);
      }
    const callee = model.functions[calledFunction(functions, node) ?? -1];
    for (const inner of callee?.nodes ?? []) found.push({ node: inner, isOutside: true });
  }
}
