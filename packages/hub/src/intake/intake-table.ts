import type { CountedKind, Digest, KindTakenFromAnybody, Statement } from '@callable/protocol';
import { proveFork } from '../audits/prove-fork.ts';
import type { HubContext } from '../context.ts';
import { attachLabel } from '../curation/attach-label.ts';
import { delegateKey } from '../curation/delegate-key.ts';
import { noticeRelease } from '../curation/notice-release.ts';
import { setAlias } from '../curation/set-alias.ts';
import { refuteSource } from '../fetches/refute-source.ts';
import { claimHandle } from '../handles/claim-handle.ts';
import { joinNode } from '../nodes/join-node.ts';
import type { PacedStatement } from '../statements/take-statement.ts';
import { relyOnReceipts } from '../usage/rely-on-receipts.ts';

export type IntakeContext = Pick<HubContext, 'db' | 'clock' | 'rules' | 'fetches' | 'config' | 'tlog' | 'calls'>;

/** Judges whether the signer has a say in the matter, and logs the statement if so. `network` is that of the sender. */
export type TakeIn<Taken = { id: Digest }> = (
  ctx: IntakeContext,
  statement: Statement,
  network: string,
) => Promise<Taken>;

/**
 * One function for each kind that its row says is taken from anybody. A kind without one does not compile, nor does a
 * kind that counts against the day and is not taken in by pace.
 */
export const intakeTable: {
  readonly [Kind in KindTakenFromAnybody]: Kind extends CountedKind ? TakeIn<PacedStatement> : TakeIn;
} = {
  'handle.claimed': claimHandle,
  'node.joined': joinNode,
  'receipt.forked': proveFork,
  'receipts.relied': relyOnReceipts,
  'source.refuted': refuteSource,
  'release.yanked': noticeRelease,
  'release.deprecated': noticeRelease,
  'release.refused': noticeRelease,
  'model.aliased': setAlias,
  'label.attached': attachLabel,
  'key.delegated': delegateKey,
  'key.revoked': delegateKey,
};
