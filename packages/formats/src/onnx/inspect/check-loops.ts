import type { Graph, Node } from '../model/messages.ts';
import { type Constant, constantsOf } from './constants-of.ts';
import type { Findings } from './findings.ts';
import type { Limits } from './limits.ts';
import { nodeWhere, type Region } from './walk-regions.ts';

/**
 * A Loop that counts to a huge constant and whose condition can never end it. Only a warning: exported `while` loops
 * look alike but have a condition, and whether a condition ever turns false cannot be decided; the runner's deadline can.
 */
export function checkLoops(regions: readonly Region[], findings: Findings, limits: Pick<Limits, 'loopTrips'>): void {
  for (const region of regions) {
    let constants: ReadonlyMap<string, Constant> | null = null;
    for (const [index, node] of region.nodes.entries()) {
      if (node.op !== 'Loop') continue;
      constants ??= constantsOf(region);
      if (isHuge(node, constants, limits.loopTrips) && !canStop(node, constants)) {
        findings.add(
          'UnboundedLoop',
          nodeWhere(region, index),
          'A Loop runs without an end in sight, so calls may run into the deadline; give it a smaller trip count or a condition.',
        );
      }
    }
  }
}

function isHuge(node: Node, constants: ReadonlyMap<string, Constant>, most: number): boolean {
  const name = node.inputs[0] ?? '';
  if (name === '') return true;
  const trips = constants.get(name)?.integers?.[0];
  return trips !== undefined && trips > most;
}

function canStop(node: Node, constants: ReadonlyMap<string, Constant>): boolean {
  const initial = constants.get(node.inputs[1] ?? '')?.integers;
  if (initial?.[0] === 0) return true;
  const [body] = node.attributes.flatMap(({ graphs }) => graphs);
  return body !== undefined && conditionChanges(body);
}

/** Follows the body's condition output back through Identity nodes: to its own input or a constant, it never changes. */
function conditionChanges(body: Graph): boolean {
  const constants = constantsOf({ where: '', depth: 0, nodes: body.nodes, graph: body, owner: -1 });
  const producers = new Map(body.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  let name = body.outputs[0]?.name ?? '';
  for (let step = 0; step <= body.nodes.length; step += 1) {
    if (name === body.inputs[1]?.name) return false;
    const constant = constants.get(name)?.integers;
    if (constant) return constant[0] === 0;
    const producer = producers.get(name);
    if (producer?.op !== 'Identity') return true;
    name = producer.inputs[0] ?? '';
  }
  return true;
}
