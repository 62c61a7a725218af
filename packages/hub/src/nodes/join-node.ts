import {
  type Address,
  CallableError,
  digestJson,
  reduceState,
  type Statement,
  type StatementBody,
} from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import type { AppendedStatement } from '../fold/append-statement.ts';
import { findNodeStates } from '../fold/find-node-states.ts';
import { loadRules } from '../fold/load-rules.ts';
import { type PacedStatement, takeStatement } from '../statements/take-statement.ts';

const mostSlots = 1_000_000;

/**
 * Lets a node in: its own statement is all it takes. What it said last counts, and no earlier one is taken after it. A
 * node that starts anew and says what it said before is known already: nothing is logged.
 */
export function joinNode(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  statement: Statement,
  network: string,
): Promise<PacedStatement> {
  if (statement.subject !== statement.signer)
    throw new CallableError('SignerNotAllowed', 'A node joins by a statement about itself.');
  const body = statement.body as StatementBody<'node.joined'>;
  if (body.software.includes('\u0000'))
    throw new CallableError('StatementInvalid', 'The name of a software holds no NUL character.');
  if (body.slots > mostSlots) throw new CallableError('StatementInvalid', `A node has at most ${mostSlots} slots.`);
  return takeStatement(
    ctx,
    { statement, network },
    async (tx) => {
      const last = await findLastJoin(tx, statement.signer);
      return last && (await saysTheSame(ctx, tx, last, statement)) ? last : null;
    },
    (tx, appended) => keepNode(tx, appended, body),
  );
}

/** The join by which the node is known: of the latest by its own clock. */
async function findLastJoin(tx: Transaction<Schema>, node: Address): Promise<AppendedStatement | null> {
  const row = await tx
    .selectFrom('statement')
    .select(['seq', 'id', 'logged_at', 'content'])
    .where('subject', '=', node)
    .where('kind', '=', 'node.joined')
    .orderBy('issued_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { seq: row.seq, id: row.id, loggedAt: row.logged_at, statement: readJson(row.content) } : null;
}

/** Also its standing would stay: an operator who has delegated to it since makes the same words mean something else. */
async function saysTheSame(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  last: AppendedStatement,
  statement: Statement,
): Promise<boolean> {
  if (digestJson(last.statement.body) !== digestJson(statement.body)) return false;
  const logged = { statement, loggedAt: Math.max(ctx.clock(), last.loggedAt) };
  const before = (await findNodeStates(tx, [statement.signer])).get(statement.signer);
  if (!before) return false;
  const after = reduceState('node', before, logged, await loadRules(ctx, tx, logged));
  return digestJson(after) === digestJson(before);
}

async function keepNode(
  tx: Transaction<Schema>,
  { statement, loggedAt }: AppendedStatement,
  body: StatementBody<'node.joined'>,
): Promise<void> {
  const row = { software: body.software, memory_bytes: body.memoryBytes, slots: body.slots };
  const first = {
    address: statement.signer,
    joined_at: loggedAt,
    last_seen_at: null,
    announcement: null,
    network: null,
    sender: null,
    sessions: null,
    holdings_session: null,
  };
  await tx
    .insertInto('node')
    .values({ ...first, ...row })
    .onConflict((conflict) => conflict.column('address').doUpdateSet(row))
    .execute();
}
