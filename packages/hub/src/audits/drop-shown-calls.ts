import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubContext } from '../context.ts';
import { shownCalls } from './shown-call-path.ts';

/** Deletes what callers sent and were answered as soon as no audit needs it any more. */
export async function dropShownCalls(ctx: Pick<HubContext, 'db' | 'config'>): Promise<void> {
  const directory = shownCalls(ctx);
  const names = await readdir(directory).catch(() => []);
  if (names.length === 0) return;
  const receipts = [...new Set(names.map((name) => name.slice(0, 64)))];
  const rows = await ctx.db
    .selectFrom('audit')
    .select('receipt')
    .where('receipt', 'in', receipts)
    .where('stage', '!=', 'done')
    .execute();
  const needed = new Set(rows.map((row) => row.receipt));
  for (const name of names) if (!needed.has(name.slice(0, 64))) await rm(join(directory, name), { force: true });
}
