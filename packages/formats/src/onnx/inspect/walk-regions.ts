import type { Attribute, Graph, LocalFunction, Model, Node, SparseTensor, Tensor } from '../model/messages.ts';

/** A list of nodes with its own names: the main graph, a subgraph of a node, or the body of a function. */
export type Region = {
  /** `graph`, `functions[2] pkg.f`, `graph.node[4] If.subgraph[0]` */
  readonly where: string;
  /** 0 for the main graph and function bodies, one more per enclosing node. */
  readonly depth: number;
  readonly nodes: readonly Node[];
  readonly graph: Graph | null;
  /** Index into the model's functions, or -1 for the main graph and all below it. */
  readonly owner: number;
};

/** Every region of a model, outer ones first. Message depth is bounded while decoding, so the list is finite. */
export function walkRegions(model: Model): Region[] {
  const regions: Region[] = [];
  if (model.graph) {
    regions.push({ where: 'graph', depth: 0, nodes: model.graph.nodes, graph: model.graph, owner: -1 });
  }
  for (const [owner, local] of model.functions.entries()) {
    regions.push({ where: functionWhere(local, owner), depth: 0, nodes: local.nodes, graph: null, owner });
  }
  for (let index = 0; index < regions.length; index += 1) {
    const region = regions[index];
    if (region) addSubgraphs(regions, region);
  }
  return regions;
}

export function nodeWhere(region: Region, index: number): string {
  return `${region.where}.node[${index}] ${region.nodes[index]?.op.slice(0, 40) ?? ''}`.trimEnd();
}

/** A tensor stored in the model and what it is there for. */
export type StoredTensor = {
  readonly tensor: Tensor;
  readonly role: 'initializer' | 'sparse' | 'attribute';
  readonly where: () => string;
};

/** Every tensor of a model: initialisers, sparse values and indices, node attributes, defaults of functions. */
export function* storedTensors(model: Model, regions: readonly Region[]): Generator<StoredTensor> {
  for (const region of regions) {
    for (const [index, tensor] of (region.graph?.initializers ?? []).entries()) {
      yield { tensor, role: 'initializer', where: () => `${region.where}.initializer[${index}]` };
    }
    for (const [index, sparse] of (region.graph?.sparseInitializers ?? []).entries()) {
      yield* sparseParts(sparse, () => `${region.where}.sparse_initializer[${index}]`);
    }
    for (const [index, node] of region.nodes.entries()) {
      if (node.attributes.length > 0) yield* attributeTensors(node.attributes, () => nodeWhere(region, index));
    }
  }
  for (const [index, local] of model.functions.entries()) {
    yield* attributeTensors(local.attributes, () => functionWhere(local, index));
  }
}

/** Every sparse tensor, whose dense shape the runtime allocates when it loads the model. */
export function* sparseTensors(regions: readonly Region[]): Generator<{ sparse: SparseTensor; where: string }> {
  for (const region of regions) {
    for (const [index, sparse] of (region.graph?.sparseInitializers ?? []).entries()) {
      yield { sparse, where: `${region.where}.sparse_initializer[${index}]` };
    }
    for (const [index, node] of region.nodes.entries()) {
      for (const attribute of node.attributes) {
        for (const sparse of attribute.sparseTensors) yield { sparse, where: nodeWhere(region, index) };
      }
    }
  }
}

function addSubgraphs(regions: Region[], region: Region): void {
  for (const [index, node] of region.nodes.entries()) {
    let number = 0;
    for (const attribute of node.attributes) {
      for (const graph of attribute.graphs) {
        const where = `${nodeWhere(region, index)}.subgraph[${number}]`;
        regions.push({ where, depth: region.depth + 1, nodes: graph.nodes, graph, owner: region.owner });
        number += 1;
      }
    }
  }
}

function* attributeTensors(attributes: readonly Attribute[], where: () => string): Generator<StoredTensor> {
  for (const attribute of attributes) {
    if (attribute.tensor) yield { tensor: attribute.tensor, role: 'attribute', where };
    for (const tensor of attribute.tensors) yield { tensor, role: 'attribute', where };
    for (const sparse of attribute.sparseTensors) yield* sparseParts(sparse, where);
  }
}

function* sparseParts(sparse: SparseTensor, where: () => string): Generator<StoredTensor> {
  if (sparse.values) yield { tensor: sparse.values, role: 'sparse', where };
  if (sparse.indices) yield { tensor: sparse.indices, role: 'sparse', where };
}

function functionWhere(local: LocalFunction, index: number): string {
  return `functions[${index}] ${local.domain.slice(0, 40)}.${local.name.slice(0, 40)}`;
}
