import { NodeStatus } from '../link/node-announcement.ts';
import { bytes32, digest, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { Statement } from '../statements/statement.ts';

/** POST /v1/tasks/lease, signed by a node that joined. */
export const LeaseRequest = Type.Object(
  {
    announcement: NodeStatus,
    /** How long the hub may hold the request until there is work, milliseconds. */
    waitMs: Type.Integer({ minimum: 0, maximum: 30_000 }),
  },
  { additionalProperties: false },
);
export type LeaseRequest = Static<typeof LeaseRequest>;

export const Task = Type.Object({
  id: Type.String(),
  kind: Type.Unsafe<'validate' | 'warm' | 'disclose' | 'audit' | 'recompute'>(
    Type.String({ enum: ['validate', 'warm', 'disclose', 'audit', 'recompute'] }),
  ),
  release: digest,
  /** Fencing token: a result with an older one is refused. */
  token: Type.String(),
  leaseMs: Type.Integer(),
  epoch: Type.Integer(),
  /** The round it is drawn in, which names the made-up inputs; absent before anybody was drawn. */
  round: Type.Optional(bytes32),
  /** The result is committed to before it is handed in: POST /v1/tasks/{id}/commit. */
  sealed: Type.Optional(Type.Boolean()),
  /** Which call is to be shown, or run again: GET /v1/audits/{receipt}. */
  receipt: Type.Optional(bytes32),
});
export type Task = Static<typeof Task>;

export const LeaseAnswer = Type.Object({ task: orNull(Task) });
export type LeaseAnswer = Static<typeof LeaseAnswer>;

/** POST /v1/tasks/{id}/commit, signed by the node that holds the lease of a sealed task. */
export const CommitRequest = Type.Object(
  { token: Type.String({ maxLength: 60 }), /** release.committed */ statement: Statement },
  { additionalProperties: false },
);
export type CommitRequest = Static<typeof CommitRequest>;

/** The hub holds the request while others are waited for; without `reveal` the same is sent again. */
export const CommitAnswer = Type.Object({ reveal: Type.Boolean() });
export type CommitAnswer = Static<typeof CommitAnswer>;

/** POST /v1/tasks/{id}/complete, signed by the node that holds the lease. */
export const TaskResult = Type.Object(
  {
    token: Type.String(),
    /** The node's finding, which becomes evidence; for a warm-up none. */
    statement: orNull(Statement),
    /** A failure of the node, not of the release: the task goes back and is tried again. */
    failed: Type.Optional(
      Type.Object({ reason: Type.String({ maxLength: 60 }), message: Type.String({ maxLength: 1000 }) }),
    ),
  },
  { additionalProperties: false },
);
export type TaskResult = Static<typeof TaskResult>;
