import { type Address, CallableError, type Digest, type Statement, type StatementBody } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { checkStatement } from '../statements/check-statement.ts';
import { awaitedOf, lies } from './audit-row.ts';

const words = {
  call: ['AnswerConfirmed', 'AnswerDiffers', 'AnswerNotShown', 'AnswerWrong'],
  validation: ['ValidationConfirmed', 'ValidationInvented'],
} as const;
const good: readonly string[] = ['AnswerConfirmed', 'ValidationConfirmed'];

/** Throws unless the statement says what came of an audit for which this node is drawn at present. */
export async function checkFinding(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  node: Address,
  release: Digest,
  statement: Statement | null,
): Promise<void> {
  if (!statement) throw new CallableError('StatementInvalid', 'An audit ends with an audit.finished statement.');
  checkStatement(ctx, statement);
  if (statement.kind !== 'audit.finished')
    throw new CallableError('StatementInvalid', 'This task is to run a call or a validation again.');
  if (statement.signer !== node)
    throw new CallableError('SignerNotAllowed', 'A node states only what it found itself.');
  const body = statement.body as StatementBody<'audit.finished'>;
  const audit = await ctx.db.selectFrom('audit').selectAll().where('receipt', '=', body.receipt).executeTakeFirst();
  // Ended, or drawn anew, while the node was at it.
  if (!audit || audit.stage === 'done' || !awaitedOf(audit).includes(node)) throw new CallableError('LeaseLost');
  if (audit.node !== statement.subject || audit.release !== release || body.release !== release)
    throw new CallableError('StatementInvalid', `This audit is of ${audit.node} and ${audit.release}.`);
  if (body.exact !== (audit.stage === 'judge')) throw new CallableError('LeaseLost');
  const known: readonly string[] = words[audit.kind];
  if (!known.includes(body.reason) || body.ok !== good.includes(body.reason) || (body.ok && lies.includes(body.reason)))
    throw new CallableError('StatementInvalid', `An audit of a ${audit.kind} does not end with ${body.reason}.`);
}
