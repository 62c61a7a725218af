import type { Address, Digest } from '@callable/protocol';
import { type Kysely, sql } from 'kysely';
import type { JobStep, Schema } from '../db/schema.ts';
import { mostAsked } from './advance-audits.ts';
import { awaitedOf } from './audit-row.ts';

/**
 * The call a node's task is about: the one that waits longest, of those it shall show or run again. A task stands for
 * all of one release, because there is one job of a kind for a release and a node. Null when there is none any more.
 */
export async function nextReceipt(
  db: Pick<Kysely<Schema>, 'selectFrom'>,
  { release, step, assignee }: { release: Digest; step: JobStep; assignee: string },
): Promise<string | null> {
  const pending = db
    .selectFrom('audit')
    .select(['receipt', 'auditors', 'said'])
    .where('release', '=', release)
    .orderBy('drawn_at')
    .orderBy('receipt');
  if (step === 'disclose') {
    const row = await pending
      .where('node', '=', assignee as Address)
      .where('stage', '=', 'disclose')
      .where('asked', '<', mostAsked)
      .limit(1)
      .executeTakeFirst();
    return row?.receipt ?? null;
  }
  const rows = await pending
    .where('stage', 'in', ['run', 'judge'])
    .where(sql<boolean>`auditors like ${`%${assignee}%`}`)
    .execute();
  return rows.find((row) => awaitedOf(row).includes(assignee as Address))?.receipt ?? null;
}
