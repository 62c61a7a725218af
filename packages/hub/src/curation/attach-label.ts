import {
  CallableError,
  parseAddress,
  parseDigest,
  parseHandle,
  type Statement,
  type StatementBody,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { type PacedStatement, takeStatement } from '../statements/take-statement.ts';

/** Takes a word of anybody about anything that has a name here, or takes it back. */
export function attachLabel(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  statement: Statement,
  network: string,
): Promise<PacedStatement> {
  const { subject, signer } = statement;
  const { label, attached, expiresAt } = statement.body as StatementBody<'label.attached'>;
  if (!parseDigest(subject) && !parseAddress(subject) && !parseHandle(subject))
    throw new CallableError('StatementInvalid', 'A label is about the digest of a release, an address or a handle.');
  if (attached && expiresAt !== undefined && expiresAt <= ctx.clock())
    throw new CallableError('StatementInvalid', 'The label has expired already.');
  return takeStatement(ctx, { statement, network }, async (tx) => {
    if (attached) return;
    const standing = await tx
      .selectFrom('label')
      .select('since')
      .where('subject', '=', subject)
      .where('signer', '=', signer)
      .where('label', '=', label)
      .executeTakeFirst();
    if (!standing) throw new CallableError('StatementInvalid', `${signer} has not said ${label} of ${subject}.`);
  });
}
