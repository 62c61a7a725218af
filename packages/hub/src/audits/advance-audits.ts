import type { Address } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson, toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { lockLog } from '../fold/append-statement.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { type AuditRow, awaitedOf, nobody } from './audit-row.ts';
import { changeAudit, endAudit } from './change-audit.ts';
import { drawAuditors, leastJudges } from './draw-auditors.ts';
import { createAuditorFinder, type FindAuditors } from './find-auditors.ts';
import { stateNotShown } from './state-not-shown.ts';

/** A node that takes its tasks shows a call within seconds; one that takes none has this long. */
const discloseMs = 120_000;
/** How often it is asked, and how long it has after the last time. */
export const mostAsked = 2;
const afterAskedMs = 20_000;
/** An auditor may have to fetch the release first. */
const runMs = 180_000;
const mostAtOnce = 1000;

type AdvanceContext = Pick<HubContext, 'db' | 'clock' | 'rules' | 'key' | 'random' | 'changes' | 'log'>;

/** Takes every audit under way a step further, where one is due. */
export async function advanceAudits(ctx: AdvanceContext): Promise<void> {
  const pending = await ctx.db
    .selectFrom('audit')
    .leftJoin('node_state', 'node_state.node', 'audit.node')
    .selectAll('audit')
    .select('node_state.convicted')
    .where('stage', '!=', 'done')
    .orderBy('drawn_at')
    .limit(mostAtOnce)
    .execute();
  if (pending.length === 0) return;
  const find = createAuditorFinder(ctx);
  const shownAt = await lastShown(ctx);
  let moved = 0;
  for (const audit of pending) {
    const step = await dueStep(ctx, audit, find, shownAt);
    if (!step) continue;
    moved++;
    await ctx.db
      .transaction()
      .execute(async (tx) => {
        await lockLog(tx);
        // Another process, or a result that came in, may have moved it meanwhile.
        const now = await tx.selectFrom('audit').selectAll().where('receipt', '=', audit.receipt).executeTakeFirst();
        if (now && now.stage === audit.stage && now.stage_at === audit.stage_at) await step(tx, now);
      })
      .catch((error: unknown) => ctx.log.error({ err: error, receipt: audit.receipt }, 'an audit could not go on'));
  }
  if (moved > 0) ctx.changes.emit({ topic: 'outbox', subject: '' });
}

/** When each node last showed a call: one that has many to show is not late with the last of them. */
async function lastShown(ctx: Pick<HubContext, 'db'>): Promise<ReadonlyMap<Address, number>> {
  const rows = await ctx.db
    .selectFrom('audit')
    .select(['node', (select) => select.fn.max('disclosed_at').as('at')])
    .where('node', 'in', (select) => select.selectFrom('audit').select('node').where('stage', '=', 'disclose'))
    .groupBy('node')
    .execute();
  return new Map(rows.map((row) => [row.node, Number(row.at ?? 0)]));
}

type Step = (tx: Transaction<Schema>, audit: AuditRow) => Promise<unknown>;

async function dueStep(
  ctx: AdvanceContext,
  audit: AuditRow & { convicted: boolean | null },
  find: FindAuditors,
  shownAt: ReadonlyMap<Address, number>,
): Promise<Step | null> {
  const now = ctx.clock();
  const windowMs = ctx.rules.policy.audits.windowSeconds * 1000;
  const giveUp =
    (why: string): Step =>
    (tx, row) =>
      endAudit(ctx, tx, row, null, why);
  if (audit.convicted) return giveUp('The node has been caught lying meanwhile.');
  const isWithNode = audit.stage === 'waiting' || audit.stage === 'disclose';
  // What was drawn is worth two windows; but nobody keeps a call longer than one.
  if (now > audit.drawn_at + (isWithNode ? 1 : 2) * windowMs) return giveUp(`Given up. ${audit.message}`);
  switch (audit.stage) {
    case 'waiting':
      return (await find(audit.node, audit.release, false)).length > 0
        ? (tx, row) => begin(ctx, tx, row, find)
        : tellOnce(audit, 'No other node may run it: none is connected that has room and is of another party.');
    case 'disclose': {
      const isAsked = audit.asked >= mostAsked && now > (audit.asked_at ?? 0) + afterAskedMs;
      const since = Math.max(audit.stage_at, shownAt.get(audit.node) ?? 0);
      return isAsked || now > since + discloseMs ? (tx, row) => stateNotShown(ctx, tx, row) : null;
    }
    default: {
      const isDrawn = readJson(audit.auditors).length > 0;
      if (isDrawn) return now <= audit.stage_at + runMs ? null : (tx, row) => redraw(ctx, tx, row, find);
      const isJudging = audit.stage === 'judge';
      const least = isJudging ? leastJudges(ctx.rules.policy) : 1;
      return (await find(audit.node, audit.release, isJudging)).length >= least
        ? (tx, row) => redraw(ctx, tx, row, find)
        : tellOnce(audit, tooFew(audit));
    }
  }
}

const tellOnce = (audit: AuditRow, message: string): Step | null =>
  audit.message === message ? null : (tx, row) => changeAudit(tx, row, { message });

/** Nothing is asked of the node before there is somebody to look at it: a call is shown to nobody without need. */
async function begin(ctx: AdvanceContext, tx: Transaction<Schema>, audit: AuditRow, find: FindAuditors): Promise<void> {
  const stage_at = ctx.clock();
  if (audit.kind === 'validation') {
    await changeAudit(tx, audit, { stage: 'run', stage_at });
    await drawAuditors(ctx, tx, { ...audit, stage: 'run' }, find);
    return;
  }
  await changeAudit(tx, audit, { stage: 'disclose', stage_at, message: 'The node shall show the call.' });
  await enqueueJob(ctx, tx, { release: audit.release, step: 'disclose', assignee: audit.node });
}

/** Who has not answered in time, or could not do it, is not asked again for this one. */
async function redraw(
  ctx: AdvanceContext,
  tx: Transaction<Schema>,
  audit: AuditRow,
  find: FindAuditors,
): Promise<void> {
  const passed_over = toJsonText([...new Set([...readJson(audit.passed_over), ...awaitedOf(audit)])]);
  if (await drawAuditors(ctx, tx, { ...audit, passed_over }, find)) return changeAudit(tx, audit, { passed_over });
  // Whoever was passed over gets another chance when there is nobody else.
  await changeAudit(tx, audit, {
    passed_over: nobody,
    auditors: nobody,
    said: nobody,
    message: tooFew(audit),
    stage_at: ctx.clock(),
  });
}

const tooFew = ({ stage }: Pick<AuditRow, 'stage'>) =>
  stage === 'judge'
    ? 'An auditor found a wrong answer; those who could judge it are not there.'
    : 'No other node may run it at present.';
