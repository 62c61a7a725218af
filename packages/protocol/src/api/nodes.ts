import { Holding, HoldingsPage } from '../link/holdings.ts';
import { NodeStatus, NodeTrouble } from '../link/node-announcement.ts';
import type { Standing } from '../nodes/standing.ts';
import { address, bytes32, count, digest, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { LabelView } from './labels.ts';

/** One row of GET /v1/nodes. Unknown is null, never zero. */
export const NodeView = Type.Object({
  node: address,
  software: Type.String(),
  memoryBytes: Type.Integer(),
  slots: Type.Integer(),
  joinedAt: Type.String(),
  lastSeenAt: orNull(Type.String()),
  connected: Type.Boolean(),
  announcement: orNull(NodeStatus),
  /** How many releases it holds, by what this hub had room for: GET /v1/nodes/{node}/holdings names them. */
  holdings: Type.Integer({ minimum: 0 }),
  /**
   * Places where numbers of its receipts are missing or the chain of its headers is broken, by what was reported here: gateway
   * or node may have lost them, or they are on their way. GET /v1/nodes/{node}/gaps
   * names them. Absent from hubs of before.
   */
  gaps: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Who answers for it: itself, or the key it named and that named it. */
  operator: address,
  /** With 95 % confidence at least this share of its answers is right, from so many audits. */
  reliability: Type.Object({ atLeast: Type.Number({ minimum: 0, maximum: 1 }), audits: Type.Integer({ minimum: 0 }) }),
  /** Whom it may speak for, and on what that rests; absent from hubs of before. */
  standing: Type.Optional(
    Type.Object({
      class: Type.Unsafe<Standing>(Type.String({ enum: ['seed', 'standing', 'newcomer', 'convicted'] })),
      /** Comparisons that confirmed its word with the runtime it has, and since when it is compared. */
      confirmed: Type.Integer({ minimum: 0 }),
      runtime: orNull(Type.String()),
      since: orNull(Type.String()),
    }),
  ),
  /** Why it has lost its standing, and the statements that prove it; null while it has it. */
  convicted: orNull(
    Type.Object({
      at: Type.String(),
      reason: Type.String(),
      message: Type.String(),
      evidence: Type.Array(Type.String()),
    }),
  ),
  /** Only of those this hub follows. */
  labels: Type.Optional(Type.Array(LabelView)),
});
export type NodeView = Static<typeof NodeView>;
/** `next` is the `after` of the next page; null on the last. */
export const NodeList = Type.Object({ nodes: Type.Array(NodeView), next: orNull(Type.String()) });
export type NodeList = Static<typeof NodeList>;

/** POST /v1/nodes/holdings, signed by a node that joined: a page of what it holds. */
export const HoldingsReport = Type.Object({ session: bytes32, page: HoldingsPage }, { additionalProperties: false });
export type HoldingsReport = Static<typeof HoldingsReport>;

/** Up to where the hub was told in this session; the next page has to begin there, or at 0. */
export const HoldingsAnswer = Type.Object({
  told: Type.Integer({ minimum: 0 }),
  /** Why it takes less than the node holds. */
  trouble: orNull(NodeTrouble),
});
export type HoldingsAnswer = Static<typeof HoldingsAnswer>;

/** GET /v1/nodes/{node}/holdings: in the order of their digests. */
export const HoldingList = Type.Object({ holdings: Type.Array(Holding), next: orNull(digest) });
export type HoldingList = Static<typeof HoldingList>;

/** A place in a session of a node where something is missing, by what was reported here. */
export const GapView = Type.Object({
  session: bytes32,
  /** To whom the session goes: it, the node or the hub may have lost what is missing. */
  gateway: address,
  /**
   * `missing`: no report had these numbers. `broken`: none is missing, but the header that begins with `first` names another
   * before it than the one that was reported.
   */
  kind: Type.Unsafe<'missing' | 'broken'>(Type.String({ enum: ['missing', 'broken'] })),
  first: count,
  /** How many numbers from `first` on; 0 where the chain is broken. */
  count,
  foundAt: Type.String(),
});
export type GapView = Static<typeof GapView>;

/** GET /v1/nodes/{node}/gaps: by session and number. What was missing and came later is not in it any more. */
export const GapList = Type.Object({ gaps: Type.Array(GapView), next: orNull(Type.String()) });
export type GapList = Static<typeof GapList>;

/** `seed`: its operator is named in the policy. `standing`: the log has confirmed it long enough. `newcomer`: it has joined, no more. */
export const NodeClass = Type.Unsafe<'seed' | 'standing' | 'newcomer'>(
  Type.String({ enum: ['seed', 'standing', 'newcomer'] }),
);
export type NodeClass = Static<typeof NodeClass>;

export const NodeStandingView = Type.Object({
  node: address,
  class: NodeClass,
  /** Who answers for it. */
  operator: address,
  /** A name for the network it asks from: a keyed hash, never the address; `unknown` where that is not known. */
  network: Type.String({ maxLength: 64 }),
});
export type NodeStandingView = Static<typeof NodeStandingView>;

/** GET /v1/nodes/standings: nodes that joined, were seen lately and were not caught lying. */
export const NodeStandingList = Type.Object({
  /** The policy names no seeds: newcomers count like nodes of standing. */
  open: Type.Boolean(),
  nodes: Type.Array(NodeStandingView),
  next: orNull(Type.String()),
});
export type NodeStandingList = Static<typeof NodeStandingList>;
