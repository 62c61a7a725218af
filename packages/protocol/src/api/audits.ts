import { SignedReceipt } from '../receipts/receipt.ts';
import { address, bytes32, digest, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { Statement } from '../statements/statement.ts';

/** `waiting` for an auditor, `disclose` by the node, `run` by one auditor, `judge` on wasm by several, `done`. */
export const AuditStage = Type.Unsafe<'waiting' | 'disclose' | 'run' | 'judge' | 'done'>(
  Type.String({ enum: ['waiting', 'disclose', 'run', 'judge', 'done'] }),
);
export type AuditStage = Static<typeof AuditStage>;

/** GET /v1/audits/{receipt}: one call or validation that is run again, and all an auditor needs but the bytes. */
export const AuditView = Type.Object({
  /** Id of the receipt, or of the `release.validated` statement without its `sha256:`. */
  receipt: bytes32,
  kind: Type.Unsafe<'call' | 'validation'>(Type.String({ enum: ['call', 'validation'] })),
  /** Whose word is checked. */
  node: address,
  release: digest,
  stage: AuditStage,
  /** What it waits for, or what came of it, as a sentence. */
  message: Type.String(),
  /** The reason in the last `audit.finished`; null before, and when it was given up without a word. */
  outcome: orNull(Type.String()),
  /** What is asked of the auditors: the pinned wasm, whose answer decides, or a run of their own. */
  exact: Type.Boolean(),
  auditors: Type.Array(address),
  /** As the validations promise of the release. */
  auditClass: Type.Integer({ minimum: 0, maximum: 2 }),
  /** The largest difference that passes, as a share of the largest value; a lie is beyond five of them. */
  tolerance: Type.Number({ minimum: 0 }),
  /** The root by which it was drawn, and the size of that checkpoint. */
  checkpoint: Type.Object({ size: Type.Integer(), root: bytes32 }),
  drawnAt: Type.String(),
  disclosedAt: orNull(Type.String()),
  /** What the node signed. */
  signed: Type.Union([SignedReceipt, Statement, Type.Null()]),
});
export type AuditView = Static<typeof AuditView>;

/** GET /v1/audits?node= */
export const AuditList = Type.Object({
  /** The latest, 200 at most. */
  audits: Type.Array(AuditView),
  /** Whether there are earlier ones, which each node's own list may still show. */
  more: Type.Boolean(),
  /** All entries of the log before this one have had their chance to be drawn. */
  size: Type.Integer(),
});
export type AuditList = Static<typeof AuditList>;
