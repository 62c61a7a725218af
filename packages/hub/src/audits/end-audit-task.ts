import type { Address, Statement } from '@callable/protocol';
import type { Selectable, Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson, toJsonText } from '../db/json-text.ts';
import type { JobTable, Schema } from '../db/schema.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { nobody } from './audit-row.ts';
import { changeAudit } from './change-audit.ts';
import { followAudit } from './follow-audit.ts';
import { nextReceipt } from './next-receipt.ts';

type AuditJob = Pick<Selectable<JobTable>, 'release' | 'step' | 'assignee'>;

/** After a task of an audit: what it moved, and the next call of the same release that waits for this node. */
export async function endAuditTask(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  job: AuditJob,
  finding: Statement | null,
): Promise<void> {
  if (finding) await followAudit(ctx, tx, finding);
  const { release, step, assignee } = job;
  if ((await nextReceipt(tx, job)) !== null) await enqueueJob(ctx, tx, { release, step, assignee });
}

/** An auditor could not do it: somebody else is drawn at once. */
export async function passOver(ctx: Pick<HubContext, 'clock'>, tx: Transaction<Schema>, job: AuditJob): Promise<void> {
  const receipt = await nextReceipt(tx, job);
  if (receipt === null) return;
  const audit = await tx.selectFrom('audit').selectAll().where('receipt', '=', receipt).executeTakeFirstOrThrow();
  const passed_over = toJsonText([...readJson(audit.passed_over), job.assignee as Address]);
  const message = 'The auditor could not run it; another one is drawn.';
  await changeAudit(tx, audit, { passed_over, auditors: nobody, said: nobody, message, stage_at: ctx.clock() });
}
