import type { NodeState } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';

/** Keeps the folded standing of these nodes, as it is after the statement with this sequence number. */
export async function writeNodeStates(
  tx: Transaction<Schema>,
  states: ReadonlyMap<string, NodeState>,
  seq: number,
): Promise<void> {
  const values = [...states.values()];
  await sql`
    insert into node_state (node, operator, convicted, state, wrong, statement_seq)
    select node, operator, convicted, state, wrong, ${seq} from unnest(
      ${[...states.keys()]}::text[],
      ${values.map((state) => state.operator)}::text[],
      ${values.map((state) => state.convicted !== null)}::boolean[],
      ${values.map((state) => toJsonText(state))}::text[],
      ${values.map((state) => state.wrong.length)}::integer[]
    ) as given (node, operator, convicted, state, wrong)
    on conflict (node) do update set
      operator = excluded.operator, convicted = excluded.convicted,
      state = excluded.state, wrong = excluded.wrong, statement_seq = excluded.statement_seq`.execute(tx);
}
