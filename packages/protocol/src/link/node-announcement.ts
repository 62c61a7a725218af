import { bytes32, digest } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

export const ReplicaState = Type.Unsafe<'cached' | 'warm'>(Type.String({ enum: ['cached', 'warm'] }));
export type ReplicaState = Static<typeof ReplicaState>;

/** What a node says of itself on joining, on every change and every ten seconds. */
export const NodeAnnouncement = Type.Object({
  slots: Type.Object({ used: Type.Integer({ minimum: 0 }), limit: Type.Integer({ minimum: 1 }) }),
  holdings: Type.Array(Type.Object({ release: digest, state: ReplicaState }), { maxItems: 10_000 }),
  /** Releases this node no longer runs, after repeated crashes. */
  quarantined: Type.Array(Type.Object({ release: digest, reason: Type.String({ maxLength: 300 }) }), {
    maxItems: 10_000,
  }),
  draining: Type.Boolean(),
  /** Formats and other words of `needs.abilities` that it understands; `firstAbilities` when absent. */
  abilities: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 64 })),
  /** The session in which it numbers its receipts, new at each start; absent for nodes of before. */
  session: Type.Optional(bytes32),
  /** Where other nodes get what this one holds; absent when nobody can reach it. */
  peerUrl: Type.Optional(Type.String({ maxLength: 200 })),
});
export type NodeAnnouncement = Static<typeof NodeAnnouncement>;
