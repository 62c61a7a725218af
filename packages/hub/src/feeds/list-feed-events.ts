import { unknownNetwork } from '@callable/protocol';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { EventTable } from '../db/events-tables.ts';
import type { FeedScope } from './find-feed-scope.ts';

export const entriesPerFeed = 50;
/** Of the hub's feed, from one network: keys are free, and a thousand of them must not push out everybody else. */
const entriesPerNetwork = 10;
const looksAt = 1000;

/**
 * The last events of a feed, newest first, without the steps of the path. What this hub hides from lists is in no feed
 * that is a list. The newest event of all is always among them, so that the time of a feed never goes back.
 */
export async function listFeedEvents(ctx: Pick<HubContext, 'db'>, scope: FeedScope): Promise<Selectable<EventTable>[]> {
  const { rows } = await sql<Selectable<EventTable>>`
    with latest as (
      select event.*, case when release.network is null or release.network = ${unknownNetwork}
        then event.publisher else release.network end as network
      from event join release on release.digest = event.release
      left join release_state on release_state.digest = event.release
      where event.kind <> 'release.reached' and ${within(scope)}
      order by event.seq desc limit ${scope.of === 'hub' ? looksAt : entriesPerFeed}
    ), ranked as (
      select *, row_number() over (partition by network order by seq desc) as nth from latest
    )
    select * from ranked where ${scope.of !== 'hub'} or nth <= ${entriesPerNetwork}
    order by seq desc limit ${entriesPerFeed}`.execute(ctx.db);
  return rows;
}

function within(scope: FeedScope): RawBuilder<unknown> {
  if (scope.of === 'release') return sql`event.release = ${scope.digest}`;
  const listed = sql`release_state.unlisted is not true`;
  if (scope.of === 'hub') return listed;
  if (scope.of === 'publisher') return sql`event.publisher = ${scope.publisher} and ${listed}`;
  return sql`event.publisher = ${scope.publisher} and event.name = ${scope.name} and ${listed}`;
}
