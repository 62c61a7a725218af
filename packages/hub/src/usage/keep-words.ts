import { type JudgedWord, keyOfReceipt, type ReceiptName, type SaidBefore } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';

/** Keeps what counts of a statement. The first in the log stays, in whatever order they are kept: a hub that was restored counts anew. */
export async function keepWords(tx: Transaction<Schema>, judged: readonly JudgedWord[], seq: number): Promise<void> {
  // One row a receipt: a statement may say both of it in two words.
  const said = new Map<string, ReceiptName & SaidBefore>();
  for (const word of judged) {
    if (word.refused !== null) continue;
    const key = keyOfReceipt(word);
    const { node, session, number, relied, outcome } = word;
    const known = said.get(key);
    said.set(key, {
      ...{ node, session, number },
      relied: relied || known?.relied === true,
      outcome: outcome !== null || known?.outcome === true,
    });
  }
  if (said.size === 0) return;
  const rows = [...said.values()];
  await sql`
    insert into usage_said (session, node, number, relied_seq, outcome_seq)
    select decode(session, 'hex'), decode(node, 'hex'), number,
      case when relied then ${seq}::bigint end, case when outcome then ${seq}::bigint end
    from unnest(${rows.map(({ session }) => session)}::text[], ${rows.map(({ node }) => node.slice(2))}::text[],
      ${rows.map(({ number }) => number)}::bigint[], ${rows.map(({ relied }) => relied)}::boolean[],
      ${rows.map(({ outcome }) => outcome)}::boolean[]) as given (session, node, number, relied, outcome)
    on conflict (session, node, number) do update set
      relied_seq = least(usage_said.relied_seq, excluded.relied_seq),
      outcome_seq = least(usage_said.outcome_seq, excluded.outcome_seq)`.execute(tx);
}
