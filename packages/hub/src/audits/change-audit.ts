import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import type { AuditRow } from './audit-row.ts';

/** Moves an audit on; whoever holds the log's lock is the only one who does. */
export async function changeAudit(
  tx: Transaction<Schema>,
  { receipt }: Pick<AuditRow, 'receipt'>,
  change: Partial<Omit<AuditRow, 'receipt'>>,
): Promise<void> {
  await tx.updateTable('audit').set(change).where('receipt', '=', receipt).execute();
}

/** Ends it: whatever the node has shown is dropped from now on. */
export const endAudit = (
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  audit: Pick<AuditRow, 'receipt'>,
  outcome: string | null,
  message: string,
): Promise<void> => changeAudit(tx, audit, { stage: 'done', outcome, message, stage_at: ctx.clock() });
