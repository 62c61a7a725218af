import type { Graph, LocalFunction, Model, Node } from '../model/messages.ts';
import { type Findings, quoted } from './findings.ts';
import { limits } from './limits.ts';

/** Every value has exactly one producer, every use has one, and nothing waits for itself. */
export function checkWiring(model: Model, findings: Findings): void {
  if (model.graph) wireGraph(model.graph, 'graph', [], 0, findings);
  for (const [index, local] of model.functions.entries()) wireFunction(local, `functions[${index}]`, findings);
}

type Names = ReadonlyMap<string, number>;

function wireFunction(local: LocalFunction, where: string, findings: Findings): void {
  const names = new Map<string, number>();
  define(local.inputs, names, where, findings);
  wire(local.nodes, local.outputs, names, where, [], 0, findings);
}

/** Answers the names a graph takes from the graphs around it: its node depends on their producers. */
function wireGraph(
  graph: Graph,
  where: string,
  outer: readonly Names[],
  depth: number,
  findings: Findings,
): Set<string> {
  if (depth > limits.graphDepth) {
    findings.add(
      'LimitExceeded',
      where.slice(0, 200),
      `Graphs are nested more than ${limits.graphDepth} deep; flatten the nested branches before exporting.`,
    );
    return new Set();
  }
  const names = new Map<string, number>();
  define(
    graph.inputs.map(({ name }) => name),
    names,
    where,
    findings,
  );
  const stored = [
    ...graph.initializers.map(({ name }) => name),
    ...graph.sparseInitializers.map(({ values }) => values?.name ?? ''),
  ];
  const storedOnce = new Set<string>();
  for (const name of stored) {
    if (storedOnce.has(name)) duplicate(name, where, findings);
    storedOnce.add(name);
    // An initialiser that is also an input is that input's default.
    if (!names.has(name)) names.set(name, -1);
  }
  return wire(
    graph.nodes,
    graph.outputs.map(({ name }) => name),
    names,
    where,
    outer,
    depth,
    findings,
  );
}

function wire(
  nodes: readonly Node[],
  outputs: readonly string[],
  names: Map<string, number>,
  where: string,
  outer: readonly Names[],
  depth: number,
  findings: Findings,
): Set<string> {
  for (const [index, node] of nodes.entries()) {
    if (node.inputs.length > limits.nodeValues || node.outputs.length > limits.nodeValues) {
      findings.add(
        'LimitExceeded',
        `${where}.node[${index}]`,
        `A node has more than ${limits.nodeValues} inputs or outputs; split it before exporting.`,
      );
    }
    for (const output of node.outputs) {
      if (output === '') continue;
      if (names.has(output)) duplicate(output, `${where}.node[${index}]`, findings);
      names.set(output, index);
    }
  }

  const captured = new Set<string>();
  const scopes = [names, ...outer];
  const waitsFor: number[][] = [];
  let sorted = true;
  let missing: { name: string; where: string } | null = null;
  const use = (name: string, index: number, waits: number[]): void => {
    const producer = names.get(name);
    if (producer !== undefined) {
      if (producer >= 0) waits.push(producer);
      if (producer >= index) sorted = false;
    } else if (outer.some((scope) => scope.has(name))) captured.add(name);
    else missing ??= { name, where: `${where}.node[${index}] ${nodes[index]?.op.slice(0, 40) ?? 'output'}` };
  };
  for (const [index, node] of nodes.entries()) {
    const waits: number[] = [];
    for (const input of node.inputs) if (input !== '') use(input, index, waits);
    let number = 0;
    for (const attribute of node.attributes) {
      for (const graph of attribute.graphs) {
        const inside = `${where}.node[${index}].subgraph[${number}]`;
        for (const name of wireGraph(graph, inside, scopes, depth + 1, findings)) use(name, index, waits);
        number += 1;
      }
    }
    waitsFor.push(waits);
  }
  for (const output of outputs) use(output, nodes.length, []);
  reportMissing(missing, findings);
  if (!sorted && hasCycle(waitsFor)) {
    findings.add('GraphCycle', where, 'Nodes of the graph wait for each other in a circle; export the model again.');
  }
  return captured;
}

function reportMissing(missing: { name: string; where: string } | null, findings: Findings): void {
  if (!missing) return;
  findings.add(
    'MissingProducer',
    missing.where,
    `Nothing in the model produces ${quoted(missing.name)}; export the model again.`,
  );
}

function hasCycle(waitsFor: readonly (readonly number[])[]): boolean {
  const waiting = waitsFor.map((waits) => waits.length);
  const followers: number[][] = waitsFor.map(() => []);
  for (const [index, waits] of waitsFor.entries()) for (const producer of waits) followers[producer]?.push(index);
  const ready = waiting.flatMap((count, index) => (count === 0 ? [index] : []));
  let done = 0;
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    done += 1;
    for (const follower of followers[next] ?? []) {
      const left = (waiting[follower] ?? 0) - 1;
      waiting[follower] = left;
      if (left === 0) ready.push(follower);
    }
  }
  return done < waitsFor.length;
}

function define(list: readonly string[], names: Map<string, number>, where: string, findings: Findings): void {
  for (const name of list) {
    if (names.has(name)) duplicate(name, where, findings);
    names.set(name, -1);
  }
}

function duplicate(name: string, where: string, findings: Findings): void {
  findings.add('DuplicateName', where, `The value ${quoted(name)} is defined twice; give every value its own name.`);
}
