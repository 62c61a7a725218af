import { type Static, Type } from 'typebox';
import { Condition } from '../conditions/condition.ts';
import type { Address } from '../identity/address.ts';
import type { Digest } from '../identity/digest.ts';
import { NodeAnnouncement } from '../link/link-call.ts';
import { chunkBytes, manifestLimits } from '../manifest/limits.ts';
import { Manifest } from '../manifest/manifest.ts';
import { Policy } from '../policy/policy.ts';
import { Statement } from '../statements/statement.ts';
import { LabelView, NoticesView, VerificationView } from './curation.ts';
import { QueuePlace } from './queue.ts';

export const DigestSchema = Type.Unsafe<Digest>(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }));
export const AddressSchema = Type.Unsafe<Address>(Type.String({ pattern: '^0x[0-9a-f]{40}$' }));
export const Sha256Schema = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** GET /v1/network */
export const NetworkView = Type.Object({
  hub: AddressSchema,
  software: Type.String(),
  policy: Policy,
  /** Base URLs at which calls are answered, and node links accepted. */
  gateways: Type.Array(Type.String()),
  /** Whose labels this hub follows. */
  labelers: Type.Optional(Type.Array(AddressSchema)),
  limits: Type.Object({ releaseBytes: Type.Integer(), manifestBytes: Type.Integer() }),
});
export type NetworkView = Static<typeof NetworkView>;

/** A file by its Walrus blob ID, or by those of its parts when it is larger than 128 MiB. */
const FileBlobs = Type.Object({
  path: Type.String(),
  sha256: Sha256Schema,
  blobId: Type.Optional(Type.String()),
  parts: Type.Optional(Type.Array(Type.Object({ blobId: Type.String(), size: Type.Integer() }))),
});

/** GET /v1/releases/{publisher}/{name}[@version] */
export const ReleaseView = Type.Object({
  reference: Type.String(),
  digest: DigestSchema,
  handle: Type.Union([Type.String(), Type.Null()]),
  publishedAt: Type.String(),
  manifest: Manifest,
  callable: Type.Boolean(),
  conditions: Type.Array(Condition),
  /** Of the files whose Walrus blob IDs have been computed so far. */
  blobs: Type.Optional(Type.Array(FileBlobs)),
  notices: Type.Optional(NoticesView),
  labels: Type.Optional(Type.Array(LabelView)),
  /** Null until nodes have been drawn. */
  verification: Type.Optional(Type.Union([VerificationView, Type.Null()])),
  /** Where its jobs stand while it is not callable. */
  queue: Type.Optional(Type.Array(QueuePlace)),
  /** The alias by which it was asked for, `publisher/name`. */
  alias: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  /** The newest other version that can be called, where this one cannot. */
  lastWorking: Type.Optional(
    Type.Union([Type.Object({ reference: Type.String(), digest: DigestSchema }), Type.Null()]),
  ),
});
export type ReleaseView = Static<typeof ReleaseView>;

/** One row of GET /v1/releases */
export const ReleaseSummary = Type.Object({
  reference: Type.String(),
  digest: DigestSchema,
  handle: Type.Union([Type.String(), Type.Null()]),
  publishedAt: Type.String(),
  title: Type.Union([Type.String(), Type.Null()]),
  summary: Type.Union([Type.String(), Type.Null()]),
  task: Type.Union([Type.String(), Type.Null()]),
  tags: Type.Array(Type.String()),
  bytes: Type.Integer(),
  callable: Type.Boolean(),
  conditions: Type.Array(Condition),
  notices: Type.Optional(NoticesView),
  /** Only of those this hub follows. */
  labels: Type.Optional(Type.Array(LabelView)),
});
export type ReleaseSummary = Static<typeof ReleaseSummary>;

export const ReleaseList = Type.Object({
  releases: Type.Array(ReleaseSummary),
  /** Pass as `after` for the next page; null on the last one. */
  next: Type.Union([Type.String(), Type.Null()]),
});
export type ReleaseList = Static<typeof ReleaseList>;

/** POST /v1/releases */
export const PublishRequest = Type.Object(
  { manifest: Type.Unknown(), statement: Statement },
  { additionalProperties: false },
);
export type PublishRequest = Static<typeof PublishRequest>;

export const PublishAnswer = Type.Object({
  reference: Type.String(),
  digest: DigestSchema,
  /** False when exactly this release existed already, and nothing changed. */
  created: Type.Boolean(),
});
export type PublishAnswer = Static<typeof PublishAnswer>;

/** POST /v1/uploads: every file by its hashes; the answer says which chunks are not here yet. */
export const UploadRequest = Type.Object(
  {
    files: Type.Array(
      Type.Object(
        {
          size: Type.Integer({ minimum: 0, maximum: manifestLimits.fileBytes }),
          sha256: Sha256Schema,
          chunks: Type.Array(Sha256Schema, { maxItems: manifestLimits.fileBytes / chunkBytes }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: manifestLimits.files },
    ),
  },
  { additionalProperties: false },
);
export type UploadRequest = Static<typeof UploadRequest>;

export const UploadView = Type.Object({
  id: Type.String(),
  chunkBytes: Type.Integer(),
  /** Chunks still to send, by file. Empty when everything has arrived. */
  missing: Type.Array(
    Type.Object({ file: Sha256Schema, index: Type.Integer(), sha256: Sha256Schema, size: Type.Integer() }),
  ),
  expiresAt: Type.String(),
});
export type UploadView = Static<typeof UploadView>;

export const LoggedStatementView = Type.Object({
  seq: Type.Integer(),
  id: DigestSchema,
  loggedAt: Type.String(),
  statement: Statement,
});
export type LoggedStatementView = Static<typeof LoggedStatementView>;

export const StatementList = Type.Object({ statements: Type.Array(LoggedStatementView) });

/** One row of GET /v1/nodes. Unknown is null, never zero. */
export const NodeView = Type.Object({
  node: AddressSchema,
  software: Type.String(),
  memoryBytes: Type.Integer(),
  slots: Type.Integer(),
  joinedAt: Type.String(),
  lastSeenAt: Type.Union([Type.String(), Type.Null()]),
  connected: Type.Boolean(),
  announcement: Type.Union([NodeAnnouncement, Type.Null()]),
  /** Who answers for it: itself, or the key it named and that named it. */
  operator: AddressSchema,
  /** With 95 % confidence at least this share of its answers is right, from so many audits. */
  reliability: Type.Object({ atLeast: Type.Number({ minimum: 0, maximum: 1 }), audits: Type.Integer({ minimum: 0 }) }),
  /** Why it has lost its standing, and the statements that prove it; null while it has it. */
  convicted: Type.Union([
    Type.Object({
      at: Type.String(),
      reason: Type.String(),
      message: Type.String(),
      evidence: Type.Array(Type.String()),
    }),
    Type.Null(),
  ]),
  /** Only of those this hub follows. */
  labels: Type.Optional(Type.Array(LabelView)),
});
export type NodeView = Static<typeof NodeView>;
export const NodeList = Type.Object({ nodes: Type.Array(NodeView) });

/** POST /v1/tasks/lease, signed by a node that joined. */
export const LeaseRequest = Type.Object(
  {
    announcement: NodeAnnouncement,
    /** How long the hub may hold the request until there is work, milliseconds. */
    waitMs: Type.Integer({ minimum: 0, maximum: 30_000 }),
  },
  { additionalProperties: false },
);
export type LeaseRequest = Static<typeof LeaseRequest>;

export const Task = Type.Object({
  id: Type.String(),
  kind: Type.Unsafe<'validate' | 'warm' | 'disclose' | 'audit'>(
    Type.String({ enum: ['validate', 'warm', 'disclose', 'audit'] }),
  ),
  release: DigestSchema,
  /** Fencing token: a result with an older one is refused. */
  token: Type.String(),
  leaseMs: Type.Integer(),
  epoch: Type.Integer(),
  /** The result is committed to before it is handed in: POST /v1/tasks/{id}/commit. */
  sealed: Type.Optional(Type.Boolean()),
  /** Which call is to be shown, or run again: GET /v1/audits/{receipt}. */
  receipt: Type.Optional(Sha256Schema),
});
export type Task = Static<typeof Task>;

export const LeaseAnswer = Type.Object({ task: Type.Union([Task, Type.Null()]) });
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
    statement: Type.Union([Statement, Type.Null()]),
    /** A failure of the node, not of the release: the task goes back and is tried again. */
    failed: Type.Optional(
      Type.Object({ reason: Type.String({ maxLength: 60 }), message: Type.String({ maxLength: 1000 }) }),
    ),
  },
  { additionalProperties: false },
);
export type TaskResult = Static<typeof TaskResult>;

/** POST /v1/receipts: a gateway reports what it passed on. */
export const CallReport = Type.Object({
  release: DigestSchema,
  outcome: Type.Unsafe<'good' | 'failed'>(Type.String({ enum: ['good', 'failed'] })),
  at: Type.Integer(),
  receipt: Type.Union([Type.Unknown(), Type.Null()]),
  /** The code of a failure. */
  code: Type.Optional(Type.String({ maxLength: 60 })),
  /** True when this was a probe, which is never counted as usage. */
  probe: Type.Boolean(),
});
export type CallReport = Static<typeof CallReport>;
export const CallReports = Type.Object(
  { reports: Type.Array(CallReport, { maxItems: 1000 }) },
  { additionalProperties: false },
);

export const HealthView = Type.Object({ status: Type.String(), checks: Type.Record(Type.String(), Type.String()) });
