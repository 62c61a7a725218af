import type { Address, Digest } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { wakeWebhooks } from '../webhooks/wake-webhooks.ts';
import type { NewEvent } from './derive-events.ts';
import { eventId } from './event-id.ts';

export type EventOfRelease = NewEvent & {
  release: { digest: Digest; publisher: Address; name: string; version: string };
};

/** One writer at a time: who has read up to an event has read all before it. */
export const lockEvents = (tx: Transaction<Schema>) =>
  sql`select pg_advisory_xact_lock(hashtextextended('events', 0))`.execute(tx);

/** Notes what became of releases. What was noted before, by whomever, is left as it is. Returns what is new. */
export async function recordEvents(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  events: readonly EventOfRelease[],
): Promise<{ release: Digest; publisher: Address }[]> {
  if (events.length === 0) return [];
  await lockEvents(tx);
  const last = await tx.selectFrom('event').select('recorded_at').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const recorded_at = Math.max(ctx.clock(), last?.recorded_at ?? 0);
  const fresh = await tx
    .insertInto('event')
    .values(
      events.map(({ release, kind, at, condition, reason, once }) => ({
        id: eventId(ctx.rules.hub, release.digest, kind, ...once),
        ...{ kind, condition, reason, recorded_at, happened_at: at },
        ...{ release: release.digest, publisher: release.publisher, name: release.name, version: release.version },
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning(['release', 'publisher'])
    .execute();
  await wakeWebhooks(ctx, tx, fresh);
  return fresh;
}
