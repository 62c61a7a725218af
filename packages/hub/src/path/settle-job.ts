import type { Digest, ReleaseState, Statement } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';
import { findReleaseState } from '../fold/find-release-state.ts';
import { enqueueJob, type NewJob } from '../jobs/enqueue-job.ts';

/** What came of a job: what was found out, what follows from it, and when the same job shall run again. */
export type JobOutcome = {
  statements: readonly Statement[];
  enqueue: readonly Omit<NewJob, 'release'>[];
  /** Milliseconds since 1970; null when it is done. */
  againAt: number | null;
  /** Of a probe: it was answered right. What is done for the release from now on is a recheck. */
  answered?: boolean;
  /** The reports it went by: when others have come in meanwhile, nothing of it is done and it runs again at once. */
  reports?: ReleaseState['reports'];
};

/**
 * Ends a lease: evidence, next jobs and outbox in the same transaction as the job itself. Null when the lease was
 * lost, `repeated` when this very lease was ended with an outcome before; then nothing is written.
 */
export async function settleJob(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'changes'>,
  job: { id: string; release: Digest; token: string; run_at: number },
  outcome: JobOutcome,
  follow: (tx: Transaction<Schema>) => Promise<void> = async () => {},
): Promise<'settled' | 'repeated' | null> {
  const result = await ctx.db.transaction().execute(async (tx) => {
    // Always the log before a job: two settlings that wake each other's jobs would else wait for each other.
    await lockLog(tx);
    const held = await tx
      .selectFrom('job')
      .select(['state', 'token', 'run_at', 'leased_at', 'worked_ms'])
      .where('id', '=', job.id)
      .forUpdate()
      .executeTakeFirst();
    if (held?.token !== job.token) return null;
    if (held.state === 'done') return 'repeated' as const;
    if (held.state !== 'leased') return null;
    const isStale = outcome.reports !== undefined && !(await areCurrent(tx, job.release, outcome.reports));
    const { statements, enqueue } = isStale ? { statements: [], enqueue: [] } : outcome;
    // Its time was changed while it ran: something happened that it may not have seen.
    const again = held.run_at === job.run_at && !isStale ? outcome.againAt : ctx.clock();
    await tx
      .updateTable('job')
      .set({
        lease_until: null,
        turn: null,
        ...(outcome.answered === true ? { answered: true } : {}),
        settled_at: ctx.clock(),
        last_ms: held.worked_ms ?? Math.max(0, ctx.clock() - (held.leased_at ?? ctx.clock())),
        ...(again === null ? { state: 'done' } : { state: 'ready', run_at: again, attempts: 0 }),
      })
      .where('id', '=', job.id)
      .execute();
    for (const statement of statements) await appendStatement(ctx, tx, statement);
    for (const next of enqueue) await enqueueJob(ctx, tx, { ...next, release: job.release });
    await follow(tx);
    return 'settled' as const;
  });
  if (result === 'settled') ctx.changes.emit({ topic: 'outbox', subject: '' });
  return result;
}

/** Else whoever has just reported would be asked once more, and the others would wait for it. */
async function areCurrent(
  tx: Transaction<Schema>,
  release: Digest,
  reports: NonNullable<JobOutcome['reports']>,
): Promise<boolean> {
  const now = (await findReleaseState(tx, release))?.reports ?? {};
  const idsOf = (of: typeof now) => Object.values(of).map((report) => report.statement);
  return idsOf(now).join() === idsOf(reports).join();
}
