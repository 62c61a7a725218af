import { type Kysely, sql } from 'kysely';
import type { Schema } from '../db/schema.ts';
import type { Change, ChangeFeed } from './change-feed.ts';

const batch = 500;

/** A payload above 8000 bytes is refused by PostgreSQL; then it is empty, and others look for themselves. */
const largestPayload = 7900;

/**
 * Empties the outbox: tells this process at once, and others by one NOTIFY. Business transactions never NOTIFY
 * themselves: that takes a global lock at commit (measured: a third of the commits per second). One statement, since
 * most rounds find nothing.
 */
export async function relayChanges(ctx: { db: Kysely<Schema>; changes: ChangeFeed }): Promise<number> {
  const { rows } = await sql<Change>`
    with told as (
      delete from outbox where id in (select id from outbox order by id limit ${batch} for update skip locked)
      returning topic, subject
    ), change as (select distinct topic, subject from told
    ), payload as (select string_agg(topic || ' ' || subject, e'\n') as text from change
    ), notice as (
      select pg_notify('callable', case when octet_length(text) < ${largestPayload} then text else '' end)
      from payload where text is not null
    )
    select change.topic, change.subject from change cross join notice`.execute(ctx.db);
  for (const change of rows) ctx.changes.emit(change);
  return rows.length;
}

/** The changes another process told of. */
export function decodeChanges(payload: string): Change[] {
  return payload
    .split('\n')
    .map((line) => line.split(' '))
    .filter((parts): parts is [Change['topic'], string] => parts.length === 2)
    .map(([topic, subject]) => ({ topic, subject }));
}
