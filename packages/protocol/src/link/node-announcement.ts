import { bytes32 } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import type { Holding } from './holdings.ts';

/** A limit that a node runs into somewhere: what its operator should know. */
export const NodeTrouble = Type.Object({
  code: Type.String({ maxLength: 60 }),
  message: Type.String({ maxLength: 300 }),
});
export type NodeTrouble = Static<typeof NodeTrouble>;

/** What a node says of itself on joining, on every change and every ten seconds. What it holds comes in pages. */
export const NodeStatus = Type.Object({
  slots: Type.Object({ used: Type.Integer({ minimum: 0 }), limit: Type.Integer({ minimum: 1 }) }),
  draining: Type.Boolean(),
  /** Formats and other words of `needs.abilities` that it understands; `firstAbilities` when absent. */
  abilities: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 64 })),
  /** The session in which it numbers its receipts, new at each start; absent for nodes of before. */
  session: Type.Optional(bytes32),
  /** Where other nodes get what this one holds; absent when nobody can reach it. */
  peerUrl: Type.Optional(Type.String({ maxLength: 200 })),
  /** What it was told by a hub or a gateway that takes less than it holds. */
  troubles: Type.Optional(Type.Array(NodeTrouble, { maxItems: 8 })),
});
export type NodeStatus = Static<typeof NodeStatus>;

/** All a node has to say, in its own process. */
export type NodeAnnouncement = NodeStatus & { holdings: readonly Holding[] };

/** Of an object that may hold more, what a status has a place for. */
export const statusOf = ({ slots, draining, abilities, session, peerUrl, troubles }: NodeStatus): NodeStatus => ({
  slots,
  draining,
  ...(abilities === undefined ? {} : { abilities }),
  ...(session === undefined ? {} : { session }),
  ...(peerUrl === undefined ? {} : { peerUrl }),
  ...(troubles === undefined ? {} : { troubles }),
});
