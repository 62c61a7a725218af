import { basename, dirname } from 'node:path';
import type { HubContext } from '../context.ts';
import { writeFiles } from './directory/write-files.ts';
import { findKnownHeads } from './find-known-heads.ts';
import { writeOutsideHead } from './outside-head.ts';

type Ending = Pick<HubContext, 'db' | 'tlog' | 'log' | 'config' | 'clock'>;

/**
 * Ends all writing and signing, for every process and over restarts, because this hub has signed a later log than the one
 * it holds. `note` is the signed head that shows it, when somebody brought one.
 */
export async function endSigning(ctx: Ending, why: string, note: string | null = null): Promise<void> {
  const wasKnown = ctx.tlog.rolledBack === why;
  sayRolledBack(ctx, why);
  if (!wasKnown)
    ctx.log.fatal(
      { reason: 'LogRolledBack', why },
      'this hub signs and writes nothing more, because that could show a second history: see docs/operations.md, After a restore',
    );
  // The evidence before the row: a row alone would be taken back by the next start that finds no later head.
  if (note !== null) {
    await writeFiles(dirname(ctx.tlog.laterFile), [
      { path: basename(ctx.tlog.laterFile), bytes: new TextEncoder().encode(note) },
    ]);
    await writeOutsideHead(ctx, note);
  }
  await ctx.db
    .insertInto('log_rollback')
    .values({ origin: ctx.tlog.key.name, why, since: ctx.clock() })
    .onConflict((conflict) => conflict.column('origin').doUpdateSet({ why }))
    .execute();
}

/** Everything this hub has signed is here again: it may write and sign. */
export async function resumeSigning(ctx: Pick<HubContext, 'db' | 'tlog' | 'log'>): Promise<void> {
  await ctx.db.deleteFrom('log_rollback').execute();
  if (ctx.tlog.rolledBack === null) return;
  ctx.tlog.rolledBack = null;
  ctx.tlog.isRefused = false;
  ctx.log.warn('the log is whole again up to the last head that was signed: this hub writes and signs');
}

/**
 * What a start knows before it has compared anything: that a process before it ended all signing, or that there are
 * fewer statements than were signed for. Nothing may be logged before this has been asked.
 */
export async function recallRollback(ctx: Ending): Promise<void> {
  // Of a log that was given up: this one is another.
  await ctx.db.deleteFrom('log_rollback').where('origin', '<>', ctx.tlog.key.name).execute();
  const row = await findRollback(ctx);
  if (row !== null) sayRolledBack(ctx, row);
  // Files of another key have their own word, later.
  const last = await findKnownHeads(ctx).then(
    (known) => known.last,
    () => null,
  );
  const { size } = await ctx.db
    .selectFrom('statement')
    .select(({ fn }) => fn.max('seq').as('size'))
    .executeTakeFirstOrThrow();
  const count = size === null ? 0 : Number(size) + 1;
  if (last && count < last.size)
    await endSigning(ctx, `There are ${count} statements, but a head over ${last.size} is signed.`);
}

/** Why another process, or an earlier start, ended all signing; null when none has. */
export async function findRollback(ctx: Pick<HubContext, 'db'>): Promise<string | null> {
  const row = await ctx.db.selectFrom('log_rollback').select('why').executeTakeFirst();
  return row?.why ?? null;
}

export function sayRolledBack({ tlog }: Pick<HubContext, 'tlog'>, why: string): void {
  tlog.rolledBack = why;
  tlog.state = `refused: ${why}`;
  tlog.isRefused = true;
}
