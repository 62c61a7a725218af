import { CallableError, type LoggedStatementView, type Statement } from '@callable/protocol';
import { proveFork } from '../audits/prove-fork.ts';
import type { HubContext } from '../context.ts';
import { attachLabel } from '../curation/attach-label.ts';
import { delegateKey } from '../curation/delegate-key.ts';
import { noticeRelease } from '../curation/notice-release.ts';
import { setAlias } from '../curation/set-alias.ts';
import { refuteSource } from '../fetches/refute-source.ts';
import { claimHandle } from '../handles/claim-handle.ts';
import { joinNode } from '../nodes/join-node.ts';
import { checkStatement } from '../statements/check-statement.ts';
import { getStatement } from '../statements/list-statements.ts';

/**
 * Takes a statement from a stranger whose say in the matter is checked here. Those that are evidence come with their
 * release or with a task.
 */
export async function receiveStatement(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'changes' | 'fetches' | 'config'>,
  statement: Statement,
): Promise<LoggedStatementView> {
  checkStatement(ctx, statement);
  const { id } = await takeIn(ctx, statement);
  ctx.changes.emit({ topic: 'outbox', subject: '' });
  const logged = await getStatement(ctx, id);
  if (!logged) throw new Error(`The statement ${id} was logged and is gone.`);
  return logged;
}

function takeIn(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'fetches' | 'config'>,
  statement: Statement,
): Promise<{ id: string }> {
  switch (statement.kind) {
    case 'handle.claimed':
      return claimHandle(ctx, statement);
    case 'node.joined':
      return joinNode(ctx, statement);
    case 'receipt.forked':
      return proveFork(ctx, statement);
    case 'source.refuted':
      return refuteSource(ctx, statement);
    case 'release.yanked':
    case 'release.deprecated':
    case 'release.refused':
      return noticeRelease(ctx, statement);
    case 'model.aliased':
      return setAlias(ctx, statement);
    case 'label.attached':
      return attachLabel(ctx, statement);
    case 'key.delegated':
    case 'key.revoked':
      return delegateKey(ctx, statement);
    default:
      throw new CallableError(
        'StatementInvalid',
        `A ${statement.kind} statement is not taken here; it comes with its release or its task.`,
      );
  }
}
