import { join } from 'node:path';
import {
  type Address,
  type AuditTerms,
  auditTermsOf,
  type Checkpoint,
  type Digest,
  hexOfDigest,
  isDrawnForAudit,
  isOpenNetwork,
  type StatementBody,
  toHex,
} from '@callable/protocol';
import type { Insertable, Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { AuditTable } from '../db/audit-table.ts';
import { readJson, toJsonText } from '../db/json-text.ts';
import type { Schema, StatementTable } from '../db/schema.ts';
import { findReleaseState } from '../fold/find-release-state.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { readPublished } from '../log/log-head.ts';
import { batchPath, holdsSegments } from '../log/write-batch-files.ts';
import { listConnectedSeeds } from '../nodes/list-connected-seeds.ts';
import { nobody } from './audit-row.ts';
import { listAuditShares } from './list-audit-shares.ts';

/** Entries of the log looked through at once. */
const entriesAtOnce = 4096;
/** Audits of one node that may be under way: more would say no more of it, and cost others their time. */
const mostPending = 100;

/**
 * Draws what the published checkpoint newly covers, by the policy's share: receipts, and validations that passed or failed. The root decides, which nobody knew when the receipt was signed. Returns how many were drawn.
 */
export async function sampleAudits(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'clock' | 'rules' | 'calls'>,
): Promise<number> {
  const published = await readPublished(ctx);
  if (!published || (await readCursor(ctx)) >= published.size) return 0;
  return ctx.db.transaction().execute(async (tx) => {
    const cursor = await tx.selectFrom('audit_cursor').select('size').forUpdate().skipLocked().executeTakeFirst();
    if (!cursor || cursor.size >= published.size) return 0;
    const end = Math.min(published.size, cursor.size + entriesAtOnce);
    const entries = await tx
      .selectFrom('statement')
      .select(['seq', 'id', 'kind', 'content'])
      .where('seq', '>=', cursor.size)
      .where('seq', '<', end)
      .where('kind', 'in', ['receipts.batched', 'release.validated'])
      .orderBy('seq')
      .execute();
    const drawing = { ctx, tx, published, terms: new Map<Digest, AuditTerms>(), pending: await countPending(tx) };
    let drawn = 0;
    for (const entry of entries)
      drawn += await (entry.kind === 'receipts.batched' ? drawBatch(drawing, entry) : drawValidation(drawing, entry));
    await tx.updateTable('audit_cursor').set({ size: end }).execute();
    return drawn;
  });
}

/** How far the log has been looked through; most rounds find nothing new and need no transaction. */
async function readCursor(ctx: Pick<HubContext, 'db'>): Promise<number> {
  const cursor = await ctx.db.selectFrom('audit_cursor').select('size').executeTakeFirst();
  return cursor?.size ?? 0;
}

type Drawing = {
  ctx: Pick<HubContext, 'clock' | 'rules' | 'tlog' | 'calls'>;
  tx: Transaction<Schema>;
  published: Checkpoint;
  terms: Map<Digest, AuditTerms>;
  /** How many audits of each node are under way. */
  pending: Map<string, number>;
};

async function countPending(tx: Transaction<Schema>): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('audit')
    .select(['node', (select) => select.fn.countAll<number>().as('count')])
    .where('stage', '!=', 'done')
    .groupBy('node')
    .execute();
  return new Map(rows.map((row) => [row.node, Number(row.count)]));
}

const drawBatch = (drawing: Drawing, { seq, content }: Pick<StatementTable, 'seq' | 'content'>): Promise<number> =>
  holdsSegments(readJson(content).body as StatementBody<'receipts.batched'>)
    ? drawCalls(drawing, seq)
    : drawReceipts(drawing, seq);

/** Of the receipts in the file of a batch. What of it is lost is drawn by nobody. */
async function drawCalls(drawing: Drawing, batch: number): Promise<number> {
  const { ctx, tx, published } = drawing;
  const { share, windowSeconds } = ctx.rules.policy.audits;
  if (share === 0) return 0;
  const rows = await tx
    .selectFrom('segment')
    .innerJoin('receipt_run', 'receipt_run.segment', 'segment.id')
    .select('node')
    .distinct()
    .where('batch', '=', batch)
    .execute();
  const nodes = rows.map(({ node }) => node);
  const shareOf = await listAuditShares(ctx, tx, nodes);
  const shares = nodes.map((node): [Address, number] => [node, shareOf(node)]);
  const path = join(ctx.tlog.directory, batchPath(batch));
  const after = ctx.clock() - windowSeconds * 1000;
  const found = await ctx.calls.reading.ask('draw', { path, root: toHex(published.root), shares, after });
  let drawn = 0;
  for (const { id, release, node, receipt } of found ?? []) {
    const terms = await termsOf(drawing, release);
    const isComparable = terms.auditClass === 1 || (terms.auditClass === 2 && receipt.auditClass === 2);
    const audit = { receipt: id, kind: 'call' as const, node, release, signed: toJsonText(receipt) };
    if (isComparable && (await insert(drawing, audit, terms))) drawn++;
  }
  return drawn;
}

/** Of receipts of version 1 and 2, which are rows. */
async function drawReceipts(drawing: Drawing, batch: number): Promise<number> {
  const { ctx, tx, published } = drawing;
  const { share, windowSeconds } = ctx.rules.policy.audits;
  if (share === 0) return 0;
  const rows = await tx
    .selectFrom('receipt')
    .select(['id', 'release', 'node', 'content', 'at'])
    .where('batch', '=', batch)
    .where('at', '>', ctx.clock() - windowSeconds * 1000)
    .orderBy('batch_index')
    .execute();
  const nodes = [...new Set(rows.flatMap(({ node }) => node ?? []))];
  const shareOf = await listAuditShares(ctx, tx, nodes);
  let drawn = 0;
  for (const { id, release, node, content } of rows) {
    if (node === null || content === null || !isDrawnForAudit(published.root, id, shareOf(node))) continue;
    const terms = await termsOf(drawing, release);
    // Exact bytes are promised only by a node that says it answered on wasm: natively nobody has them.
    const isComparable = terms.auditClass === 1 || (terms.auditClass === 2 && readJson(content).auditClass === 2);
    if (isComparable && (await insert(drawing, { receipt: id, kind: 'call', node, release, signed: content }, terms)))
      drawn++;
  }
  return drawn;
}

/**
 * A validation is audited as it was made, whether it passed or failed: a seed runs vectors and made-up inputs of its round
 * again, once for all who sat in it. Every word in a round has been held against a seed's already; this is for the seeds.
 */
async function drawValidation(
  { ctx, tx, published }: Drawing,
  { id, content }: Pick<StatementTable, 'id' | 'content'>,
): Promise<number> {
  const { policy } = ctx.rules;
  if (isOpenNetwork(policy) || !isDrawnForAudit(published.root, hexOfDigest(id), policy.audits.share)) return 0;
  const { body, subject } = readJson(content);
  const release = subject as Digest;
  const panel = (await findReleaseState(tx, release))?.panel;
  if (!panel?.round || panel.round.id !== body['round']) return 0;
  const seeds = await listConnectedSeeds({ db: tx, clock: ctx.clock, rules: ctx.rules });
  const others = seeds.filter((seed) => !panel.round?.seeds.includes(seed));
  const assignee = others[0] ?? seeds[0];
  if (assignee === undefined) return 0;
  await enqueueJob(ctx, tx, { release, step: 'recompute', assignee });
  return 1;
}

async function insert(
  { ctx, tx, published, pending }: Drawing,
  audit: Pick<Insertable<AuditTable>, 'receipt' | 'kind' | 'release' | 'signed'> & { node: Address },
  { auditClass, tolerance }: AuditTerms,
): Promise<boolean> {
  const under = pending.get(audit.node) ?? 0;
  if (under >= mostPending) return false;
  pending.set(audit.node, under + 1);
  const now = ctx.clock();
  await tx
    .insertInto('audit')
    .values({
      ...audit,
      stage: 'waiting',
      message: 'It has just been drawn.',
      outcome: null,
      auditors: nobody,
      said: nobody,
      passed_over: nobody,
      accuser: null,
      audit_class: auditClass,
      tolerance,
      size: published.size,
      root: toHex(published.root),
      drawn_at: now,
      stage_at: now,
      asked: 0,
      asked_at: null,
      disclosed_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return true;
}

async function termsOf({ tx, terms }: Drawing, release: Digest): Promise<AuditTerms> {
  const known = terms.get(release);
  if (known) return known;
  const state = await findReleaseState(tx, release);
  const found = state ? auditTermsOf(state) : { auditClass: 0 as const, tolerance: 0 };
  terms.set(release, found);
  return found;
}
