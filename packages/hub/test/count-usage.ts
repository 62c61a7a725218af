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
      const cursor = await ctx.db.selectFrom('usage_cursor').select('seq').executeTakeFirstOrThrow();
      return waiting === undefined && row.last !== null && cursor.seq >= Number(row.last);
    },
    { timeout: 20_000 },
  );
  await keepFigures(ctx);
}
