import type { Digest } from '@callable/protocol';
import { sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { HubContext } from '../context.ts';
import { selectLabels } from '../curation/list-labels.ts';
import { selectRelease } from './find-release.ts';

/** A release and what other tables know of it, by one query: a handle, its labels, blob IDs, and what else works. */
export function findSurroundings(ctx: Pick<HubContext, 'db' | 'clock' | 'config'>, digest: Digest) {
  const { db } = ctx;
  const own = db.selectFrom('release as own').where('own.digest', '=', digest);
  const handle = db
    .selectFrom('handle')
    .select('handle')
    .where('owner', '=', own.select('own.publisher'))
    .orderBy('statement_seq');
  const parts = db
    .selectFrom('walrus_part')
    .select(['sha256', 'blob_id', 'size'])
    // Of the manifest itself: `release_file` is indexed by file.
    .where(
      sql<boolean>`sha256 in (select file ->> 'sha256' from release as named,
        json_array_elements(named.manifest::json -> 'files') as file where named.digest = ${digest})`,
    )
    .orderBy('offset');
  const working = db
    .selectFrom('release as other')
    .innerJoin('release_state as standing', 'standing.digest', 'other.digest')
    .select(['other.digest', 'other.version'])
    .where('other.publisher', '=', own.select('own.publisher'))
    .where('other.name', '=', own.select('own.name'))
    .where('other.digest', '!=', digest)
    .where('standing.callable_until', '>', ctx.clock())
    .where('standing.yanked', '=', false)
    .where('standing.unlisted', '=', false);
  return selectRelease(ctx, digest)
    .select([
      handle.limit(1).as('handle'),
      jsonArrayFrom(selectLabels(ctx, digest)).as('labels'),
      jsonArrayFrom(parts).as('parts'),
      jsonArrayFrom(working).as('working'),
    ])
    .executeTakeFirst();
}

export type Surroundings = NonNullable<Awaited<ReturnType<typeof findSurroundings>>>;
