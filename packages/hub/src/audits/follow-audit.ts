import type { Address, NodeState, Statement, StatementBody } from '@callable/protocol';
import { ownMember } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson, toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { findNodeStates } from '../fold/find-node-states.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { lies, nobody } from './audit-row.ts';
import { changeAudit, endAudit } from './change-audit.ts';

/** What an auditor's word has moved: the fold of the log says whether it is decided; a lie found calls for judges. */
export async function followAudit(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  { subject, signer, body }: Statement,
): Promise<void> {
  const { receipt, ok, reason, message } = body as StatementBody<'audit.finished'>;
  const audit = await tx.selectFrom('audit').selectAll().where('receipt', '=', receipt).executeTakeFirst();
  if (!audit || audit.stage === 'done') return;
  const state: NodeState | undefined = (await findNodeStates(tx, [subject as Address])).get(subject);
  const open = state && ownMember(state.drawn, receipt);
  if (!open) {
    const isDecided = state?.convicted || state?.wrong.some((one) => one.receipt === receipt);
    const isUndecided = !ok && lies.includes(reason) && !isDecided;
    // A wrong answer brings calls of the hub's own, whose inputs anybody may know.
    if (isDecided) await enqueueJob(ctx, tx, { release: audit.release, step: 'probe' });
    return endAudit(ctx, tx, audit, isUndecided ? 'AnswerDiffers' : reason, message);
  }
  if (!open.exact && lies.includes(reason))
    return changeAudit(tx, audit, {
      stage: 'judge',
      stage_at: ctx.clock(),
      accuser: signer,
      auditors: nobody,
      said: nobody,
      passed_over: nobody,
      message: `An auditor found a lie (${message.slice(0, 200)}); judges are drawn.`,
    });
  return changeAudit(tx, audit, { said: toJsonText([...readJson(audit.said), signer]) });
}
