import { CallableError, type Digest, parseReleaseRef, type Statement, type StatementBody } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { type PacedStatement, takeStatement } from '../statements/take-statement.ts';
import { checkActsFor } from './check-acts-for.ts';

/** Takes a yank or a deprecation by the publisher of a release, or a tombstone by this hub. */
export function noticeRelease(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  statement: Statement,
  network: string,
): Promise<PacedStatement> {
  if (statement.kind === 'release.deprecated') checkSuccessor(statement);
  return takeStatement(ctx, { statement, network }, async (tx) => {
    const release = await tx
      .selectFrom('release')
      .select('publisher')
      .where('digest', '=', statement.subject as Digest)
      .executeTakeFirst();
    if (!release) throw new CallableError('ReleaseNotFound', `There is no release ${statement.subject}.`);
    if (statement.kind === 'release.refused') checkIsHub(ctx, statement);
    else await checkActsFor(ctx, tx, statement, release.publisher);
  });
}

function checkSuccessor({ body }: Statement): void {
  const { successor } = body as StatementBody<'release.deprecated'>;
  if (successor !== null && !parseReleaseRef(successor))
    throw new CallableError('StatementInvalid', 'The successor is not a reference like publisher/name@1.0.0.');
}

function checkIsHub({ rules }: Pick<HubContext, 'rules'>, { signer }: Statement): void {
  if (signer !== rules.hub)
    throw new CallableError('SignerNotAllowed', `Only the key of this hub, ${rules.hub}, says what it refuses.`);
}
