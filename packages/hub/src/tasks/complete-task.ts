import {
  type Address,
  CallableError,
  commitmentOf,
  type ReleaseState,
  type Statement,
  type TaskResult,
} from '@callable/protocol';
import type { Selectable, Transaction } from 'kysely';
import { checkFinding } from '../audits/check-finding.ts';
import { endAuditTask } from '../audits/end-audit-task.ts';
import type { HubContext } from '../context.ts';
import type { JobTable, Schema } from '../db/schema.ts';
import { findReleaseState } from '../fold/find-release-state.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { chargeRecomputation } from '../nodes/recomputation-cost.ts';
import { requireStanding } from '../nodes/require-standing.ts';
import { waitsForRecomputation } from '../path/draw-round.ts';
import { settleJob } from '../path/settle-job.ts';
import { checkStatement } from '../statements/check-statement.ts';
import { failTask } from './fail-task.ts';
import { findRound } from './find-round.ts';
import { findTask } from './find-task.ts';
import { revealOpensAt } from './reveal-opens-at.ts';

/** A finding may wait this long for a hub that is down, and no longer: an old one proves nothing about today. */
const oldestFindingMs = 3600_000;

/** Takes a node's result: its statement becomes evidence in the same transaction that ends the task. */
export async function completeTask(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'changes'>,
  node: Address,
  id: string,
  result: TaskResult,
): Promise<void> {
  await requireStanding(ctx, node);
  const job = await findTask(ctx, node, id);
  const { token } = result;
  if (result.failed) {
    return failTask(ctx, { ...job, token }, `${result.failed.reason}: ${result.failed.message}`);
  }
  if (job.step === 'audit') await checkFinding(ctx, node, job.release, result.statement);
  else checkResult(ctx, node, job, result.statement);
  // Of a task that was ended before only its repetition is to be told from a lost lease.
  if (job.step === 'validate' && result.statement && job.state === 'leased' && job.token === token)
    await checkSeal(ctx, job, result.statement);
  const outcome = { statements: result.statement ? [result.statement] : [], enqueue: [], againAt: null };
  const settled = await settleJob(ctx, { ...job, token }, outcome, (tx) =>
    isAudit(job) ? endAuditTask(ctx, tx, job, result.statement) : followUp(ctx, tx, job),
  );
  if (settled === null) throw new CallableError('LeaseLost');
}

const isAudit = ({ step }: Selectable<JobTable>) => step === 'audit' || step === 'disclose';

function checkResult(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  node: Address,
  job: Selectable<JobTable>,
  statement: Statement | null,
): void {
  if (job.step === 'recompute') {
    checkRecomputation(ctx, node, job, statement);
    return;
  }
  if (job.step !== 'validate') {
    if (statement !== null) throw new CallableError('StatementInvalid', 'This task has no finding to state.');
    return;
  }
  if (statement === null)
    throw new CallableError('StatementInvalid', 'A validation ends with a release.validated statement.');
  checkStatement(ctx, statement);
  if (statement.kind !== 'release.validated' || statement.subject !== job.release)
    throw new CallableError('StatementInvalid', `This task is to validate ${job.release}.`);
  // A node that hands in another's finding under its own lease would count twice.
  if (statement.signer !== node)
    throw new CallableError('SignerNotAllowed', 'A node states only what it found itself.');
  if (statement.issuedAt < ctx.clock() - oldestFindingMs)
    throw new CallableError('StatementInvalid', 'This finding is older than the task: a check is made anew each time.');
}

function checkRecomputation(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  node: Address,
  job: Selectable<JobTable>,
  statement: Statement | null,
): void {
  if (statement?.kind !== 'release.recomputed' || statement.subject !== job.release)
    throw new CallableError('StatementInvalid', `This task is to recompute ${job.release}.`);
  checkStatement(ctx, statement);
  if (statement.signer !== node)
    throw new CallableError('SignerNotAllowed', 'A node states only what it found itself.');
}

/** In a sealed round a report opens a commitment, and not before those who could copy it have committed too. */
async function checkSeal(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  job: Selectable<JobTable>,
  { signer, body }: Statement,
): Promise<void> {
  const round = await findRound(ctx, ctx.db, job.release);
  if (!round?.panel.sealed) return;
  // Drawn no more: its report would only be something to copy.
  if (!round.panel.validators.includes(signer)) throw new CallableError('LeaseLost');
  if (round.commitments[signer] !== commitmentOf(job.release, signer, body))
    throw new CallableError('CommitmentMissing');
  const opensAt = revealOpensAt(round, ctx.rules.policy);
  if (opensAt === null || opensAt > ctx.clock()) throw new CallableError('RevealTooEarly');
}

/** A release that has just been verified, or loaded somewhere, is probed at once. */
async function followUp(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  job: Selectable<JobTable>,
): Promise<void> {
  const state = await findReleaseState(tx, job.release);
  if (job.step === 'recompute' && state) await chargeRecomputation(ctx, tx, state);
  // The words disagree, or a seed has just decided: the draw sees to what follows.
  if (job.step === 'recompute' || (state && waitsForRecomputation(ctx, { state })))
    await enqueueJob(ctx, tx, { release: job.release, step: 'draw' });
  if (state?.tracks.Verified.status === 'True') await enqueueJob(ctx, tx, { release: job.release, step: 'probe' });
  // All are shown and it is no quorum: whoever is asked next needs a round of its own.
  else if (state?.panel?.sealed && state.panel.round?.open !== false && !(await mayOthersShow(tx, job, state)))
    await enqueueJob(ctx, tx, { release: job.release, step: 'draw' });
}

async function mayOthersShow(
  tx: Transaction<Schema>,
  { release }: Selectable<JobTable>,
  { commitments }: ReleaseState,
): Promise<boolean> {
  const committed = Object.keys(commitments);
  if (committed.length === 0) return false;
  const held = await tx
    .selectFrom('job')
    .select('id')
    .where('release', '=', release)
    .where('step', '=', 'validate')
    .where('state', '=', 'leased')
    .where('assignee', 'in', committed)
    .limit(1)
    .executeTakeFirst();
  return held !== undefined;
}
