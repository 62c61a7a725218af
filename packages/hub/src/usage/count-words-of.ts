import {
  actsFor,
  countWords,
  findKind,
  judgeWords,
  type LoggedStatement,
  type StatementBody,
} from '@callable/protocol';
import { Check } from '@callable/protocol/schema';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findDelegations } from '../fold/find-delegations.ts';
import { addWords } from './add-words.ts';
import { findFiledCalls } from './find-filed-calls.ts';
import { findSaidBefore } from './find-said-before.ts';
import { keepWords } from './keep-words.ts';

/** Counts what a statement says of receipts: by the log and the files before it, as an auditor does. */
export async function countWordsOf(
  ctx: Pick<HubContext, 'tlog' | 'calls'>,
  tx: Transaction<Schema>,
  { seq, loggedAt, statement }: LoggedStatement & { seq: number },
): Promise<void> {
  const { kind, signer: key } = statement;
  if (!Check(findKind(kind)?.body ?? {}, statement.body)) return;
  const body = statement.body as StatementBody<'receipts.relied'>;
  const { caller, receipts } = body;
  const delegations = key === caller ? [] : await findDelegations(tx, [caller]);
  if (!actsFor(delegations, { key, principal: caller, scope: 'call', at: loggedAt })) return;
  const callOf = await findFiledCalls(ctx, tx, receipts, () => ctx.calls.counting);
  const judged = judgeWords(body, { seq, loggedAt }, callOf, await findSaidBefore(tx, receipts, seq));
  await keepWords(tx, judged, seq);
  await addWords(tx, countWords(judged, loggedAt), seq);
}
