import type { Address, SignedBatch } from '@callable/protocol';

/** What the chain of a session needs of a header that its node signed. */
export type Link = { first: number; count: number; id: string; previous: string; entry: number };
export type Session = { node: Address; session: string; links: Link[] };

export type Sessions = {
  /** A header that its node has said, its hash, and the entry of the log it stands under. */
  take(batch: SignedBatch, id: string, entry: number): void;
  list(): Iterable<Session>;
};

/** Headers by node and session, as files come: their order is nobody's. */
export function openSessions(): Sessions {
  const sessions = new Map<string, Session>();
  return {
    take({ node, session, first, count, previous }, id, entry) {
      const key = `${node} ${session}`;
      const known = sessions.get(key) ?? { node, session, links: [] };
      if (known.links.length === 0) sessions.set(key, known);
      known.links.push({ first, count, id, previous, entry });
    },
    list: () => sessions.values(),
  };
}
