import {
  CallableError,
  findReason,
  type JudgedWord,
  judgeWords,
  type Statement,
  type StatementBody,
  type WordRefusal,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { checkActsFor } from '../curation/check-acts-for.ts';
import { type PacedStatement, takeStatement } from '../statements/take-statement.ts';
import { findFiledCalls, notFiled } from './find-filed-calls.ts';
import { findSaidBefore } from './find-said-before.ts';
import { keepWords } from './keep-words.ts';

/**
 * Takes what a caller says of answers it had, where every word of it counts: the log keeps for ever what is in it, so what counts nothing is refused,
 * with the receipt and the reason. Judged by the function that counts it later, and that auditors have.
 */
export async function relyOnReceipts(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'fetches' | 'config' | 'tlog' | 'calls'>,
  statement: Statement,
  network: string,
): Promise<PacedStatement> {
  const body = statement.body as StatementBody<'receipts.relied'>;
  const { caller, receipts } = body;
  if (statement.subject !== caller)
    throw new CallableError('StatementInvalid', 'The subject of this statement is the caller of its receipts.');
  // Before any file is read for it.
  await ctx.db.transaction().execute((tx) => checkActsFor(ctx, tx, statement, caller, 'call'));
  // attack: files read in the turn of the log would keep everybody else waiting.
  const callOf = await findFiledCalls(ctx, ctx.db, receipts, () => ctx.calls.questions());
  let judged: JudgedWord[] = [];
  return takeStatement(
    ctx,
    { statement, network },
    async (tx) => {
      await checkActsFor(ctx, tx, statement, caller, 'call');
      const saidBefore = await findSaidBefore(tx, receipts, notFiled);
      judged = judgeWords(body, { seq: notFiled, loggedAt: ctx.clock() }, callOf, saidBefore);
      refuseWords(judged);
    },
    (tx, { seq }) => keepWords(tx, judged, seq),
  );
}

/** Throws the reason of the first word that counts nothing; `errors` names all of them. */
function refuseWords(judged: readonly JudgedWord[]): void {
  const refused = judged.flatMap(({ refused, node, session, number }, index) =>
    refused === null ? [] : [{ index, node, session, number, code: refused }],
  );
  const [first] = refused;
  if (!first) return;
  const others = refused.length - 1;
  const more = others === 0 ? '' : ` So it is with ${others} more; \`errors\` names them.`;
  throw new CallableError(
    first.code,
    `Nothing was taken. Receipt ${first.number} of the session ${first.session} of ${first.node}: ${sentenceOf(first.code)}${more}`,
    { details: { errors: refused, ...(first.code === 'ReceiptNotLogged' ? { retryAfterSeconds: 1 } : {}) } },
  );
}

const sentenceOf = (code: WordRefusal): string =>
  code === 'StatementInvalid'
    ? 'it says neither that it was relied on nor how it came out.'
    : lower(findReason(code)?.sentence);

const lower = (sentence = ''): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
