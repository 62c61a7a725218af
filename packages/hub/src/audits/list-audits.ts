import { type Address, type AuditList, type AuditView, CallableError } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { AuditRow } from './audit-row.ts';

const mostShown = 200;

/** Audits of a node, or of all, the latest first; two hundred of them, and whether there are more. */
export async function listAudits(
  ctx: Pick<HubContext, 'db'>,
  { node }: { node?: Address | undefined },
): Promise<AuditList> {
  let query = ctx.db
    .selectFrom('audit')
    .selectAll()
    .orderBy('drawn_at', 'desc')
    .orderBy('receipt')
    .limit(mostShown + 1);
  if (node !== undefined) query = query.where('node', '=', node);
  const cursor = await ctx.db.selectFrom('audit_cursor').select('size').executeTakeFirst();
  const rows = await query.execute();
  const audits = rows.slice(0, mostShown).map(viewAudit);
  return { audits, more: rows.length > mostShown, size: cursor?.size ?? 0 };
}

/** One audit; throws ReceiptNotFound. */
export async function getAudit(ctx: Pick<HubContext, 'db'>, receipt: string): Promise<AuditView> {
  const row = await ctx.db.selectFrom('audit').selectAll().where('receipt', '=', receipt).executeTakeFirst();
  if (!row) throw new CallableError('ReceiptNotFound', `No audit was drawn of ${receipt}.`);
  return viewAudit(row);
}

function viewAudit(row: AuditRow): AuditView {
  const { receipt, kind, node, release, stage, message, outcome, tolerance, size, root } = row;
  return {
    ...{ receipt, kind, node, release, stage, message, outcome, tolerance },
    exact: stage === 'judge',
    auditors: readJson(row.auditors),
    auditClass: row.audit_class,
    checkpoint: { size, root },
    drawnAt: new Date(row.drawn_at).toISOString(),
    disclosedAt: row.disclosed_at === null ? null : new Date(row.disclosed_at).toISOString(),
    signed: readJson(row.signed),
  };
}
