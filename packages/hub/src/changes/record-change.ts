import type { Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';
import type { Change } from './change-feed.ts';

/** Notes a change in the outbox, inside the transaction that makes it: told exactly if it happened. */
export async function recordChange(tx: Transaction<Schema>, change: Change): Promise<void> {
  await tx.insertInto('outbox').values({ topic: change.topic, subject: change.subject }).execute();
}
