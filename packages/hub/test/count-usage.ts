import { vi } from 'vitest';
import type { HubContext } from '../src/context.ts';
import { batchSegments } from '../src/log/batch-segments.ts';
import { keepFigures } from '../src/usage/figures/keep-figures.ts';
import { rollUpUsage } from '../src/usage/roll-up-usage.ts';

/** Waits until every reported call stands beside the log and is counted, and figured. */
export async function countUsage(ctx: HubContext): Promise<void> {
  await vi.waitUntil(
    async () => {
      await batchSegments(ctx);
      await rollUpUsage(ctx);
      const row = await ctx.db
        .selectFrom('segment')
        .select(({ fn }) => fn.max('batch').as('last'))
        .where('file', 'is not', null)
        .executeTakeFirstOrThrow();
      const waiting = await ctx.db
        .selectFrom('segment')
        .select('id')
        .where('batch', 'is', null)
        .where('file', 'is not', null)
        .executeTakeFirst();
      const said = await ctx.db
        .selectFrom('statement')
        .select(({ fn }) => fn.max('seq').as('last'))
        .where('kind', '=', 'receipts.relied')
        .executeTakeFirstOrThrow();
      const cursor = await ctx.db.selectFrom('usage_cursor').select('seq').executeTakeFirstOrThrow();
      return (
        waiting === undefined && row.last !== null && cursor.seq >= Math.max(Number(row.last), Number(said.last ?? -1))
      );
    },
    { timeout: 20_000 },
  );
  await vi.waitUntil(
    async () => {
      // Its own background work may have begun with one of them.
      await keepFigures(ctx);
      return (await ctx.db.selectFrom('usage_touched').select('kind').executeTakeFirst()) === undefined;
    },
    { timeout: 20_000 },
  );
}
