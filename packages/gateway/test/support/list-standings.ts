import type { Address, NodeClass } from '@callable/protocol';
import { createKnownNodes, type KnownNodes } from '../../src/standings/known-nodes.ts';

/** What a hub would say, told at once: each node by how it stands and the name of its network. */
export function listStandings(
  nodes: readonly { node: Address; class: NodeClass; network?: string; operator?: Address }[],
  { open = false, convicted = [] }: { open?: boolean; convicted?: readonly Address[] } = {},
): KnownNodes {
  const said = nodes.map(({ node, network = `net ${node}`, operator = node, ...rest }) => ({
    ...{ node, network, operator },
    class: rest.class,
  }));
  const known = new Map(said.map((one) => [one.node, one]));
  const { find, arrived } = createKnownNodes({
    list: () => Promise.reject(new Error('no hub')),
    clock: () => 0,
    log: { warn: () => {} },
  });
  return {
    find: (node) => known.get(node) ?? find(node),
    isConvicted: (node) => convicted.includes(node),
    isOpen: open,
    arrived,
  };
}
