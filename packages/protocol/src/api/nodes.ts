import { NodeAnnouncement } from '../link/node-announcement.ts';
import { address, orNull } from '../schema/fields.ts';
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
  announcement: orNull(NodeAnnouncement),
  /** Who answers for it: itself, or the key it named and that named it. */
  operator: address,
  /** With 95 % confidence at least this share of its answers is right, from so many audits. */
  reliability: Type.Object({ atLeast: Type.Number({ minimum: 0, maximum: 1 }), audits: Type.Integer({ minimum: 0 }) }),
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
export const NodeList = Type.Object({ nodes: Type.Array(NodeView) });
