import { CallableError, conditionsAt } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findRelease } from '../releases/find-release.ts';
import { type BadgeWords, sayBadge, unknownBadge, yankedBadge } from './say-badge.ts';

export type Badge = BadgeWords & { status: 200 | 404 };

/**
 * The badge of a release. A look at one is no look at the release: it is drawn on pages that nobody reads, and wakes no
 * check. What is not known is a badge too, since whoever draws it shows no problem document.
 */
export async function findBadge(ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>, text: string): Promise<Badge> {
  const found = await findRelease(ctx, text).catch((error: unknown) => {
    if (error instanceof CallableError && error.status < 500) return error;
    throw error;
  });
  if (found instanceof CallableError)
    return found.code === 'ReleaseYanked' ? { ...yankedBadge, status: 200 } : { ...unknownBadge, status: 404 };
  const watch = await ctx.db
    .selectFrom('release_watch')
    .select('phase')
    .where('release', '=', found.digest)
    .executeTakeFirst();
  const now = ctx.clock();
  const conditions = conditionsAt(found.state, now, ctx.rules);
  return {
    ...sayBadge({ name: found.name, state: found.state, conditions, phase: watch?.phase ?? 'new' }, now),
    status: 200,
  };
}
