import { Condition } from '../conditions/condition.ts';
import type { DocumentationPoint } from '../manifest/documentation-of.ts';
import { Manifest } from '../manifest/manifest.ts';
import type { Truth } from '../manifest/truth-of.ts';
import { digest, orNull, sha256Hex } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { Statement } from '../statements/statement.ts';
import { LabelView } from './labels.ts';
import { NoticesView } from './notices.ts';
import { QueuePlace } from './queue.ts';
import { VerificationView } from './verification.ts';

/** A file by its Walrus blob ID, or by those of its parts when it is larger than 128 MiB. */
const FileBlobs = Type.Object({
  path: Type.String(),
  sha256: sha256Hex,
  blobId: Type.Optional(Type.String()),
  parts: Type.Optional(Type.Array(Type.Object({ blobId: Type.String(), size: Type.Integer() }))),
});

/** Who said what the vectors answer: the model's own framework, for some outputs only, or nobody but the graph itself. */
const truth = Type.Optional(
  orNull(Type.Unsafe<NonNullable<Truth>>(Type.String({ enum: ['publisher', 'partly', 'graph'] }))),
);

/** How many of five things its publisher has said, and what adds each that is missing. */
const documented = Type.Optional(
  Type.Object({
    has: Type.Integer(),
    of: Type.Integer(),
    missing: Type.Array(
      Type.Object({
        point: Type.Unsafe<DocumentationPoint>(Type.String()),
        message: Type.String(),
        next: Type.String(),
      }),
    ),
  }),
);

/** GET /v1/releases/{publisher}/{name}[@version] */
export const ReleaseView = Type.Object({
  reference: Type.String(),
  digest,
  handle: orNull(Type.String()),
  publishedAt: Type.String(),
  manifest: Manifest,
  truth,
  documented,
  callable: Type.Boolean(),
  conditions: Type.Array(Condition),
  /** When each stage was reached for the first time, and the first call that a stranger signed; ISO 8601. */
  reached: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** Of the files whose Walrus blob IDs have been computed so far. */
  blobs: Type.Optional(Type.Array(FileBlobs)),
  notices: Type.Optional(NoticesView),
  labels: Type.Optional(Type.Array(LabelView)),
  /** Null until nodes have been drawn. */
  verification: Type.Optional(orNull(VerificationView)),
  /** Where its jobs stand while it is not callable. */
  queue: Type.Optional(Type.Array(QueuePlace)),
  /** The alias by which it was asked for, `publisher/name`. */
  alias: Type.Optional(orNull(Type.String())),
  /** The newest other version that can be called, where this one cannot. */
  lastWorking: Type.Optional(orNull(Type.Object({ reference: Type.String(), digest }))),
});
export type ReleaseView = Static<typeof ReleaseView>;

/** One row of GET /v1/releases */
export const ReleaseSummary = Type.Object({
  reference: Type.String(),
  digest,
  handle: orNull(Type.String()),
  publishedAt: Type.String(),
  title: orNull(Type.String()),
  summary: orNull(Type.String()),
  task: orNull(Type.String()),
  tags: Type.Array(Type.String()),
  bytes: Type.Integer(),
  truth,
  documented,
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
  next: orNull(Type.String()),
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
  digest,
  /** False when exactly this release existed already, and nothing changed. */
  created: Type.Boolean(),
});
export type PublishAnswer = Static<typeof PublishAnswer>;
