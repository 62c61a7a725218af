import { keyOfReceipt, type ReceiptName, type SaidBefore } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';

/** What words of statements before `seq` said of these receipts, where they counted. */
export async function findSaidBefore(
  tx: Transaction<Schema>,
  names: readonly ReceiptName[],
  seq: number,
): Promise<(name: ReceiptName) => SaidBefore> {
  const { rows } = await sql<ReceiptName & SaidBefore>`
    select encode(session, 'hex') as session, '0x' || encode(node, 'hex') as node, number,
      coalesce(relied_seq < ${seq}, false) as relied, coalesce(outcome_seq < ${seq}, false) as outcome
    from usage_said where (session, node, number) in (
      select decode(session, 'hex'), decode(node, 'hex'), number
      from unnest(${names.map(({ session }) => session)}::text[], ${names.map(({ node }) => node.slice(2))}::text[],
        ${names.map(({ number }) => number)}::bigint[]) as given (session, node, number))`.execute(tx);
  const said = new Map(rows.map(({ relied, outcome, ...name }) => [keyOfReceipt(name), { relied, outcome }]));
  return (name) => said.get(keyOfReceipt(name)) ?? { relied: false, outcome: false };
}
