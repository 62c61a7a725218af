import { type Address, isOpenNetwork, type Policy, signStatement } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson, toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { appendStatement } from '../fold/append-statement.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { type AuditRow, nobody } from './audit-row.ts';
import { changeAudit } from './change-audit.ts';
import type { FindAuditors } from './find-auditors.ts';

type DrawContext = Pick<HubContext, 'clock' | 'rules' | 'key'>;

/**
 * One auditor runs it first, and its word alone costs nobody anything: whoever is bad luck's choice could be the liar. When
 * it finds a lie, seeds do the same on wasm, and decide. False when there are too few.
 */
export async function drawAuditors(
  ctx: DrawContext,
  tx: Transaction<Schema>,
  audit: AuditRow,
  find: FindAuditors,
): Promise<boolean> {
  const { judges: most } = ctx.rules.policy.audits;
  const passedOver = readJson(audit.passed_over);
  const isJudging = audit.stage === 'judge';
  const able = (await find(audit.node, audit.release, isJudging)).filter((one) => !passedOver.includes(one));
  // The accuser judges only where there is nobody else: and then beside another, whose word is needed as well.
  const ranked = [...able.filter((one) => one !== audit.accuser), ...able.filter((one) => one === audit.accuser)];
  const least = isJudging ? leastJudges(ctx.rules.policy) : 1;
  if (ranked.length < least) return false;
  const others = ranked.filter((one) => one !== audit.accuser);
  const auditors =
    isJudging && others.length >= least ? others.slice(0, Math.max(least, most)) : ranked.slice(0, least);
  await announce(ctx, tx, audit, auditors, isJudging);
  await changeAudit(tx, audit, {
    auditors: toJsonText(auditors),
    said: nobody,
    stage_at: ctx.clock(),
    message: isJudging ? `${auditors.length} judges run it on wasm.` : 'An auditor runs it again.',
  });
  for (const assignee of auditors) await enqueueJob(ctx, tx, { release: audit.release, step: 'audit', assignee });
  return true;
}

/** A seed judges alone. Where none is named, the word of one would be that of anybody. */
export const leastJudges = (policy: Policy): number => (isOpenNetwork(policy) ? 2 : 1);

/** The draw as a statement: only who stands in it has a say. */
export async function announce(
  ctx: DrawContext,
  tx: Transaction<Schema>,
  { receipt, release, node }: AuditRow,
  auditors: readonly Address[],
  exact: boolean,
): Promise<void> {
  const body = { receipt, release, auditors, exact };
  await appendStatement(
    ctx,
    tx,
    signStatement({ kind: 'audit.drawn', subject: node, body, issuedAt: ctx.clock() }, ctx.key),
  );
}
