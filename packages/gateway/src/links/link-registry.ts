import {
  type Address,
  CallableError,
  type NodeLink,
  noSessions,
  type SessionHistory,
  takeSession,
} from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';

/** The nodes that can be asked at this moment, one link each. */
export type LinkRegistry = {
  /**
   * Takes a link into routing until it closes. A newer link of the same node replaces the older one. Returns why not, when
   * the session of the node has ended here: two processes with one key would else replace each other for ever.
   */
  attach(link: NodeLink): CallableError | null;
  list(): Iterable<NodeLink>;
  readonly size: number;
  closeAll(): void;
};

const rememberedNodes = 20_000;

/** `onAttach` hears of each link that is taken. */
export function createLinkRegistry(clock: () => number, onAttach: (link: NodeLink) => void = () => {}): LinkRegistry {
  const links = new Map<Address, NodeLink>();
  const sessions = new BoundedMap<Address, SessionHistory>(rememberedNodes);
  return {
    attach(link) {
      const { session } = link.announcement();
      if (session !== undefined) {
        const { history, verdict } = takeSession(sessions.get(link.node) ?? noSessions, session, clock());
        sessions.set(link.node, history);
        if (!verdict.ok && verdict.code === 'SessionContested') links.get(link.node)?.close();
        if (!verdict.ok) return new CallableError(verdict.code, verdict.message);
      }
      // A node whose network changed dials again long before its old socket is known to be dead.
      links.get(link.node)?.close();
      links.set(link.node, link);
      onAttach(link);
      void link.closed.then(() => {
        if (links.get(link.node) === link) links.delete(link.node);
      });
      return null;
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
