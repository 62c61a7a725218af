import { CallableError, type Statement, type StatementBody } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findDelegations } from '../fold/find-delegations.ts';
import { type PacedStatement, takeStatement } from '../statements/take-statement.ts';

/** Takes what a key says about who acts for it: that another does, or does no more. */
export function delegateKey(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  statement: Statement,
  network: string,
): Promise<PacedStatement> {
  const { signer, subject, kind } = statement;
  if (subject !== signer) throw new CallableError('SignerNotAllowed', 'A key delegates in its own name only.');
  if (kind === 'key.delegated') checkTerms(ctx, statement);
  return takeStatement(ctx, { statement, network }, async (tx) => {
    if (kind === 'key.delegated') return;
    const { key } = statement.body as StatementBody<'key.revoked'>;
    const standing = (await findDelegations(tx, [signer])).filter((one) => one.key === key && one.revokedAt === null);
    if (standing.length === 0) throw new CallableError('StatementInvalid', `${key} does not act for ${signer}.`);
  });
}

function checkTerms(ctx: Pick<HubContext, 'clock'>, { body, signer }: Statement): void {
  const { key, notBefore, notAfter } = body as StatementBody<'key.delegated'>;
  if (key === signer) throw new CallableError('StatementInvalid', 'Everybody acts for themselves; name another key.');
  if (notAfter <= Math.max(notBefore, ctx.clock()))
    throw new CallableError('StatementInvalid', 'The delegation ends before it begins, or has ended already.');
}
