import type { Digest } from '@callable/protocol';
import type { HubContext } from '../context.ts';

export type Trouble = {
  /** Failed attempts since the last that did not. */
  attempts: number;
  /** It began, ended, or became an alarm just now. */
  isNews: boolean;
};

/** Remembers how often keeping a release on Walrus has failed; forgotten when it succeeds. */
export async function noteTrouble(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  release: Digest,
  { failed, alarm }: { failed: boolean; alarm: boolean },
): Promise<Trouble> {
  const before = await ctx.db
    .selectFrom('walrus_trouble')
    .selectAll()
    .where('release', '=', release)
    .executeTakeFirst();
  if (!failed) {
    await ctx.db.deleteFrom('walrus_trouble').where('release', '=', release).execute();
    return { attempts: 0, isNews: before !== undefined };
  }
  const attempts = (before?.attempts ?? 0) + 1;
  await ctx.db
    .insertInto('walrus_trouble')
    .values({ release, attempts, since: ctx.clock(), alarm })
    .onConflict((conflict) => conflict.column('release').doUpdateSet({ attempts, alarm }))
    .execute();
  return { attempts, isNews: !before || before.alarm !== alarm };
}
