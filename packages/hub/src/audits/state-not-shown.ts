import { addressOf, signStatement } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { appendStatement } from '../fold/append-statement.ts';
import { software } from '../software.ts';
import type { AuditRow } from './audit-row.ts';
import { endAudit } from './change-audit.ts';
import { announce } from './draw-auditors.ts';

/** The hub says that a node did not show a call. It weighs as a wrong answer, but proves no lie. */
export async function stateNotShown(
  ctx: Pick<HubContext, 'clock' | 'rules' | 'key'>,
  tx: Transaction<Schema>,
  audit: AuditRow,
): Promise<void> {
  const { receipt, release, node, tolerance } = audit;
  await announce(ctx, tx, audit, [addressOf(ctx.key)], false);
  const message = 'It was asked for the call behind its receipt and did not show it.';
  const said = { ok: false, reason: 'AnswerNotShown', message, exact: false };
  const body = { receipt, release, ...said, runtime: software, difference: null, tolerance };
  await appendStatement(
    ctx,
    tx,
    signStatement({ kind: 'audit.finished', subject: node, body, issuedAt: ctx.clock() }, ctx.key),
  );
  await endAudit(ctx, tx, audit, 'AnswerNotShown', message);
}
