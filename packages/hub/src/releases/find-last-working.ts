import { type Digest, formatReleaseRef } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { type FoundRelease, newest } from './find-release.ts';

/** The newest other version of a model that can be called now, or null. */
export async function findLastWorking(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  { digest, publisher, name }: FoundRelease,
): Promise<{ reference: string; digest: Digest } | null> {
  const rows = await ctx.db
    .selectFrom('release')
    .innerJoin('release_state', 'release_state.digest', 'release.digest')
    .select(['release.digest', 'version'])
    .where('publisher', '=', publisher)
    .where('name', '=', name)
    .where('release.digest', '!=', digest)
    .where('callable_until', '>', ctx.clock())
    .where('yanked', '=', false)
    .where('unlisted', '=', false)
    .execute();
  const found = newest(rows);
  return found
    ? { reference: formatReleaseRef({ publisher, name, version: found.version }), digest: found.digest }
    : null;
}
