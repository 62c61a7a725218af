import { type Address, CallableError, parseAddress, parsePeerUrl, type Statement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { type PacedStatement, takeStatement } from '../statements/take-statement.ts';

/** Such statements of one node in an hour: a node that meets more bad sources than this has a bad network card. */
const mostPerHour = 60;
const hourMs = 3600_000;

/** Takes in that a source sent a node wrong bytes. It is that node's word, and counts once several say it. */
export async function refuteSource(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'fetches' | 'config'>,
  statement: Statement,
  network: string,
): Promise<PacedStatement> {
  const source = parseAddress(statement.subject);
  // An aggregator has no address; nobody is sent to one by this hub, so the statement alone says it.
  if (!source && parsePeerUrl(statement.subject) !== statement.subject)
    throw new CallableError(
      'StatementInvalid',
      'Its subject is the address of a node or hub, or the URL of another source.',
    );
  const appended = await takeStatement(ctx, { statement, network }, async (tx) => {
    const node = await tx
      .selectFrom('node')
      .select('address')
      .where('address', '=', statement.signer)
      .executeTakeFirst();
    if (!node) throw new CallableError('SignerNotAllowed', 'Only a node that joined says what sources sent it.');
    const lately = await tx
      .selectFrom('statement')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('signer', '=', statement.signer as Address)
      .where('kind', '=', 'source.refuted')
      .where('logged_at', '>', ctx.clock() - hourMs)
      .executeTakeFirstOrThrow();
    if (Number(lately.count) >= mostPerHour)
      throw new CallableError('TooManyRequests', `A node refutes at most ${mostPerHour} sources in an hour.`, {
        details: { retryAfterSeconds: hourMs / 1000 },
      });
  });
  if (source) ctx.fetches.refute(source, statement.signer);
  return appended;
}
