import { addressOf, type BatchOfCalls, type Digest } from '@callable/protocol';
import { joinAsNode, playBatches, publishBytes, randomKey } from '@callable/stand-ins';
import { sql } from 'kysely';
import type { TestHub, TestPlace } from './start-test-hub.ts';

/** Calls that are counted or wait for it, and receipts that are filed, each number of a session once. */
export async function totals(place: TestPlace) {
  const { db } = place.database;
  const waiting = await sql<{ count: number }>`
    select coalesce(sum(count), 0)::int as count from uncounted_call`.execute(db);
  const said = await db.selectFrom('statement').select('content').where('kind', '=', 'release.called').execute();
  const counted = said.reduce((sum, { content }) => {
    const { body } = JSON.parse(content) as { body: { signed: number; keyless: number } };
    return sum + body.signed + body.keyless;
  }, waiting.rows[0]?.count ?? 0);
  const runs = await db.selectFrom('receipt_run').select(['session', 'first', 'last']).execute();
  return { counted, filed: runs.reduce((sum, { first, last }) => sum + last - first + 1, 0) };
}

/** A release at this hub, and a node that signs batches of calls of it. */
export async function playCalls(hub: TestHub): Promise<{ digest: Digest; batch: (count: number) => BatchOfCalls }> {
  const node = randomKey();
  await joinAsNode(hub.client(node));
  const { digest } = await publishBytes(hub.client(), Buffer.from('called'));
  const player = playBatches(node, addressOf(hub.ctx.key));
  return { digest, batch: (count: number) => player.batch(Array.from({ length: count }, () => ({ release: digest }))) };
}
