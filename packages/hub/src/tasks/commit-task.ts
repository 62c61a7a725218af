import {
  type Address,
  CallableError,
  type CommitAnswer,
  type CommitRequest,
  type Statement,
  type StatementBody,
} from '@callable/protocol';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { JobTable, Schema } from '../db/schema.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { requireStanding } from '../nodes/require-standing.ts';
import { checkStatement } from '../statements/check-statement.ts';
import { findRound } from './find-round.ts';
import { findTask } from './find-task.ts';
import { revealOpensAt } from './reveal-opens-at.ts';

/** How long the hub holds the request while others are waited for, milliseconds. */
const holdMs = 10_000;
/** Somebody who goes away says nothing. */
const lookAgainMs = 1000;

/**
 * Logs what a validator commits to, before anybody of its panel shows a report, so that nobody can copy. Answers once
 * reports may be shown, or after a while without.
 */
export async function commitTask(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'changes'>,
  node: Address,
  id: string,
  { token, statement }: CommitRequest,
  signal: AbortSignal,
): Promise<CommitAnswer> {
  await requireStanding(ctx, node);
  const job = await findTask(ctx, node, id);
  if (job.step !== 'validate') throw new CallableError('TaskNotFound', 'Only a validation is committed to.');
  const body = checkCommitment(ctx, node, job, statement);
  const taken = await ctx.db.transaction().execute((tx) => takeIn(ctx, tx, { ...job, token }, statement));
  ctx.changes.emit({ topic: 'outbox', subject: '' });
  if (taken === 'lost') throw new CallableError('LeaseLost');
  if (taken === 'late')
    throw new CallableError('LeaseLost', 'Others of the panel have shown their reports: this round is over.');
  return { reveal: taken === 'unsealed' || (await untilReveal(ctx, node, job, body.commitment, signal)) };
}

function checkCommitment(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  node: Address,
  job: Selectable<JobTable>,
  statement: Statement,
): StatementBody<'release.committed'> {
  checkStatement(ctx, statement);
  if (statement.kind !== 'release.committed' || statement.subject !== job.release)
    throw new CallableError('StatementInvalid', `This task is to commit to a report on ${job.release}.`);
  if (statement.signer !== node) throw new CallableError('SignerNotAllowed', 'A node commits only to its own report.');
  return statement.body as StatementBody<'release.committed'>;
}

/** `unsealed` when nobody else is drawn who could copy; `late` when a report was shown before. */
async function takeIn(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  job: Selectable<JobTable>,
  statement: Statement,
): Promise<'committed' | 'unsealed' | 'late' | 'lost'> {
  // Always the log before a job.
  await lockLog(tx);
  const held = await tx
    .selectFrom('job')
    .select(['state', 'token'])
    .where('id', '=', job.id)
    .forUpdate()
    .executeTakeFirst();
  const round = await findRound(ctx, tx, job.release);
  if (held?.state !== 'leased' || held.token !== job.token || !round) return 'lost';
  const { panel, commitments } = round;
  const { epoch, commitment } = statement.body as StatementBody<'release.committed'>;
  if (!panel.validators.includes(statement.signer) || epoch !== panel.epoch) return 'lost';
  if (!panel.sealed) return 'unsealed';
  if (commitments[statement.signer] === commitment) return 'committed';
  if (panel.revealed) {
    // Whether its word is still needed is decided by the next draw, which begins a new round.
    await tx
      .updateTable('job')
      .set({ state: 'done', lease_until: null, token: null })
      .where('id', '=', job.id)
      .execute();
    await enqueueJob(ctx, tx, { release: job.release, step: 'draw' });
    return 'late';
  }
  await appendStatement(ctx, tx, statement);
  // What follows is waiting for others: it is no part of what a check costs.
  await tx
    .updateTable('job')
    .set({ worked_ms: sql<number>`${ctx.clock()}::bigint - leased_at` })
    .where('id', '=', job.id)
    .execute();
  return 'committed';
}

async function untilReveal(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'changes'>,
  node: Address,
  job: Selectable<JobTable>,
  commitment: string,
  signal: AbortSignal,
): Promise<boolean> {
  const until = ctx.clock() + holdMs;
  for (;;) {
    const wait = new AbortController();
    const hint = ctx.changes.next(
      { topic: 'release', subject: job.release },
      lookAgainMs,
      AbortSignal.any([signal, wait.signal]),
    );
    const round = await findRound(ctx, ctx.db, job.release);
    // A statement that was logged long ago counts for nothing now.
    if (round?.commitments[node] !== commitment) throw new CallableError('CommitmentMissing');
    const opensAt = revealOpensAt(round, ctx.rules.policy);
    const isOpen = opensAt !== null && opensAt <= ctx.clock();
    if (isOpen || signal.aborted || ctx.clock() >= until) {
      wait.abort();
      await hint;
      return isOpen;
    }
    const earlier = opensAt === null ? null : setTimeout(() => wait.abort(), opensAt - ctx.clock());
    await hint;
    if (earlier) clearTimeout(earlier);
  }
}
