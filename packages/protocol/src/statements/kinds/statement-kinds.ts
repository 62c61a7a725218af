import type { Static } from '../../schema/type.ts';
import { auditDrawn } from './audit-drawn.ts';
import { auditFinished } from './audit-finished.ts';
import { handleClaimed } from './handle-claimed.ts';
import { keyDelegated } from './key-delegated.ts';
import { keyRevoked } from './key-revoked.ts';
import { kindTable } from './kind-table.ts';
import { labelAttached } from './label-attached.ts';
import { logContinued } from './log-continued.ts';
import { logOpened } from './log-opened.ts';
import { modelAliased } from './model-aliased.ts';
import { nodeJoined } from './node-joined.ts';
import { policyAdopted } from './policy-adopted.ts';
import { probesRevealed } from './probes-revealed.ts';
import { receiptForked } from './receipt-forked.ts';
import { receiptsBatched } from './receipts-batched.ts';
import { receiptsRelied } from './receipts-relied.ts';
import { releaseBlocked } from './release-blocked.ts';
import { releaseCalled } from './release-called.ts';
import { releaseCommitted } from './release-committed.ts';
import { releaseDeprecated } from './release-deprecated.ts';
import { releaseDrawn } from './release-drawn.ts';
import { releaseProbed } from './release-probed.ts';
import { releasePublished } from './release-published.ts';
import { releaseRecomputed } from './release-recomputed.ts';
import { releaseRefused } from './release-refused.ts';
import { releaseStored } from './release-stored.ts';
import { releaseValidated } from './release-validated.ts';
import { releaseYanked } from './release-yanked.ts';
import { sourceRefuted } from './source-refuted.ts';

/** The list of kinds. A kind is its row in a file of its own and one line here. */
const rows = [
  handleClaimed,
  releasePublished,
  releaseStored,
  releaseDrawn,
  releaseCommitted,
  releaseValidated,
  releaseRecomputed,
  releaseBlocked,
  releaseProbed,
  releaseCalled,
  releaseYanked,
  releaseDeprecated,
  releaseRefused,
  modelAliased,
  labelAttached,
  keyDelegated,
  keyRevoked,
  nodeJoined,
  sourceRefuted,
  auditDrawn,
  auditFinished,
  receiptForked,
  receiptsBatched,
  receiptsRelied,
  probesRevealed,
  policyAdopted,
  logOpened,
  logContinued,
] as const;

type Row = (typeof rows)[number];
type RowOf<Kind> = Extract<Row, { kind: Kind }>;
export type StatementKind = Row['kind'];
export type StatementBody<Kind extends StatementKind> = Static<RowOf<Kind>['body']>;

/** The row of every kind, by its name. */
export const statementKinds = kindTable(rows) as unknown as {
  readonly [Kind in StatementKind]: RowOf<Kind>;
};

/** The kinds that a hub takes at its door for statements: its table of intake has one function for each. */
export type KindTakenFromAnybody = Extract<Row, { takenFrom: 'anybody' }>['kind'];

/** The kinds that count against what one key may say within a day. */
export type CountedKind = Extract<Row, { perDay: object }>['kind'];
