import type { HubContext } from '../context.ts';
import { type LogHead, readHead, readLater, readPublished, readSigned } from './log-head.ts';
import { readOutsideHead } from './outside-head.ts';

/** Every head this hub has signed, wherever it is remembered: in the database, in its directory, outside, by others. */
export async function findKnownHeads(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'log' | 'config'>,
): Promise<{ decided: LogHead | null; heads: LogHead[]; last: LogHead | null }> {
  const decided = await ctx.db.transaction().execute((tx) => readHead(tx, ctx.tlog.key.name));
  const others = [await readSigned(ctx), await readPublished(ctx), await readLater(ctx), await readOutsideHead(ctx)];
  const heads = [decided, ...others].filter((head) => head !== null);
  return { decided, heads, last: heads.reduce<LogHead | null>((a, b) => (a && a.size >= b.size ? a : b), null) };
}
