import type { Address, NodeStandingView } from '@callable/protocol';
import type { Logger } from 'pino';
import { BoundedMap } from '../limits/bounded-map.ts';
import type { NodeClass } from './node-class.ts';

/** The hub is asked this often at most, milliseconds, and only while there are calls or new links. It answers from memory. */
const askAgainMs = 2_000;
/** So long a node that the hub no longer lists stays what it was: after a restart the hub has seen nobody lately. */
const rememberMs = 600_000;
const rememberedLinks = 20_000;

/** What this gateway knows of a node. Nodes of one network weigh together. */
export type KnownNode = { class: NodeClass; operator: Address; network: string };

/** What the hub said of nodes. */
export type SaidOfNodes = { open: boolean; nodes: readonly NodeStandingView[]; convicted: readonly Address[] };

/** Who stands how, as the hub's log says. */
export type KnownNodes = {
  find(node: Address): KnownNode;
  isConvicted(node: Address): boolean;
  /** The policy names no seeds: newcomers that joined count like nodes of standing. */
  readonly isOpen: boolean;
  /** A node dialled in, from this network as far as the gateway sees. */
  arrived(node: Address, network: string): void;
};

/**
 * Asked on the way of every call, so it never waits: an answer may be some seconds old. While the hub is down what it
 * said last holds. Before it has said anything nobody is known, and all weigh alike.
 */
export function createKnownNodes({
  list,
  clock,
  log,
}: {
  list: () => Promise<SaidOfNodes>;
  clock: () => number;
  log: Pick<Logger, 'warn'>;
}): KnownNodes {
  const listed = new Map<Address, KnownNode & { at: number }>();
  const links = new BoundedMap<Address, KnownNode>(rememberedLinks);
  let convicted: ReadonlySet<Address> = new Set();
  let isOpen = false;
  let asked = { at: Number.NEGATIVE_INFINITY, isUnderWay: false, failed: false };
  let later: NodeJS.Timeout | null = null;

  function take({ open, nodes, convicted: caught }: SaidOfNodes): void {
    const at = clock();
    isOpen = open;
    convicted = new Set(caught);
    for (const { node, class: stands, operator, network } of nodes)
      listed.set(node, { class: stands, operator, network, at });
    for (const [node, known] of listed) if (at - known.at > rememberMs) listed.delete(node);
  }

  function ask(): void {
    if (asked.isUnderWay) return;
    asked = { ...asked, at: clock(), isUnderWay: true };
    list()
      .then(take)
      .then(
        () => (asked = { ...asked, isUnderWay: false, failed: false }),
        (error: unknown) => {
          // Once, or a hub of before would fill the log.
          if (!asked.failed) log.warn({ cause: String(error) }, 'how nodes stand is not known anew');
          asked = { ...asked, isUnderWay: false, failed: true };
        },
      );
  }

  /** A node joins the hub about when it dials: the first answer may still miss it. */
  function askOnceMore(): void {
    later ??= setTimeout(() => {
      later = null;
      ask();
    }, askAgainMs + 500);
    later.unref();
  }

  const stranger = (node: Address): KnownNode => ({ class: 'unknown', operator: node, network: `link ${node}` });

  return {
    find(node) {
      if (clock() - asked.at >= askAgainMs) ask();
      return listed.get(node) ?? links.get(node) ?? stranger(node);
    },
    isConvicted: (node) => convicted.has(node),
    get isOpen() {
      return isOpen;
    },
    arrived(node, network) {
      links.set(node, { class: 'unknown', operator: node, network: `link ${network}` });
      if (listed.has(node)) return;
      ask();
      askOnceMore();
    },
  };
}
