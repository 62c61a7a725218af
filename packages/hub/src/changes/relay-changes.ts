import { type Kysely, sql } from 'kysely';
import type { Schema } from '../db/schema.ts';
import type { Change, ChangeFeed } from './change-feed.ts';

const batch = 500;

/**
 * Empties the outbox: tells this process at once, and others by one NOTIFY. Business transactions never NOTIFY
 * themselves: that takes a global lock at commit (measured: a third of the commits per second).
 */
export async function relayChanges(ctx: { db: Kysely<Schema>; changes: ChangeFeed }): Promise<number> {
  const told = await ctx.db.transaction().execute(async (tx) => {
    const rows = await sql<{ topic: Change['topic']; subject: string }>`
      delete from outbox where id in (
        select id from outbox order by id limit ${batch} for update skip locked
      ) returning topic, subject`.execute(tx);
    const changes = distinct(rows.rows);
    if (changes.length > 0) await sql`select pg_notify('callable', ${encode(changes)})`.execute(tx);
    return changes;
  });
  for (const change of told) ctx.changes.emit(change);
  return told.length;
}

function distinct(changes: readonly Change[]): Change[] {
  return [...new Map(changes.map((change) => [`${change.topic} ${change.subject}`, change])).values()];
}

/** A payload above 8000 bytes is refused by PostgreSQL; then others look for themselves. */
function encode(changes: readonly Change[]): string {
  const text = changes.map((change) => `${change.topic} ${change.subject}`).join('\n');
  return text.length < 7900 ? text : '';
}

/** The changes another process told of. */
export function decodeChanges(payload: string): Change[] {
  return payload
    .split('\n')
    .map((line) => line.split(' '))
    .filter((parts): parts is [Change['topic'], string] => parts.length === 2)
    .map(([topic, subject]) => ({ topic, subject }));
}
