import type { UsageView } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { Schema } from '../../db/schema.ts';
import { readSettled } from './read-settled.ts';
import type { Subject } from './subject.ts';

type Row = { size: number; counted: number; since: number | null };

/** As of which entries of the log the kept figures of these days are: what is touched and not yet made again lacks what came since. */
export async function readMoment(
  tx: Transaction<Schema>,
  { kind, subject }: Subject,
  { from, until }: { from: number; until: number },
): Promise<UsageView['asOf']> {
  const { rows } = await sql<Row>`
    select (select seq + 1 from usage_fact_cursor) as size, (select seq + 1 from usage_cursor) as counted,
      (select min(since) from usage_touched
        where kind = ${kind} and subject = ${subject} and day >= ${from} and day <= ${until}) as since`.execute(tx);
  const { size, counted, since } = rows[0] as Row;
  const last = since ?? Number.MAX_SAFE_INTEGER;
  return {
    size: Math.min(size, last),
    counted: Math.min(counted, last),
    settledUntil: await readSettled(tx),
  };
}
