import type { Address, NodeLink } from '@callable/protocol';

/** The nodes that can be asked at this moment, one link each. */
export type LinkRegistry = {
  /** Takes a link into routing until it closes. A newer link of the same node replaces the older one. */
  attach(link: NodeLink): void;
  list(): Iterable<NodeLink>;
  readonly size: number;
  closeAll(): void;
};

export function createLinkRegistry(): LinkRegistry {
  const links = new Map<Address, NodeLink>();
  return {
    attach(link) {
      // A node whose network changed dials again long before its old socket is known to be dead.
      links.get(link.node)?.close();
      links.set(link.node, link);
      void link.closed.then(() => {
        if (links.get(link.node) === link) links.delete(link.node);
      });
    },
    list: () => links.values(),
    get size() {
      return links.size;
    },
    closeAll() {
      for (const link of links.values()) link.close();
      links.clear();
    },
  };
}
