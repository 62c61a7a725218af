import { type Address, CallableError, handleLapseMs, parseHandle, type Statement } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import type { AppendedStatement } from '../fold/append-statement.ts';
import { type PacedStatement, takeStatement } from '../statements/take-statement.ts';

/**
 * Gives a handle to whoever claims it first. It is theirs for ever once they have published; until then it lapses, so
 * that nobody keeps names from others for nothing. Claiming one's own again changes nothing and is not logged.
 */
export function claimHandle(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  statement: Statement,
  network: string,
): Promise<PacedStatement> {
  const handle = parseHandle(String(statement.body['handle']));
  if (!handle || statement.subject !== handle)
    throw new CallableError('StatementInvalid', 'The subject of a claim is the handle itself.');
  return takeStatement(
    ctx,
    { statement, network },
    async (tx) => {
      const standing = await findClaim(tx, handle);
      if (!standing) return null;
      if (standing.statement.signer === statement.signer) return standing;
      if (await hasLapsed(tx, standing, ctx.clock())) return null;
      throw new CallableError('HandleTaken', `The handle ${handle} belongs to ${standing.statement.signer}.`);
    },
    async (tx, { seq }) => {
      const row = { owner: statement.signer, statement_seq: seq };
      await tx
        .insertInto('handle')
        .values({ handle, ...row })
        .onConflict((conflict) => conflict.column('handle').doUpdateSet(row))
        .execute();
    },
  );
}

async function findClaim(tx: Transaction<Schema>, handle: string): Promise<AppendedStatement | null> {
  const row = await tx
    .selectFrom('handle')
    .innerJoin('statement', 'statement.seq', 'handle.statement_seq')
    .select(['statement.seq', 'statement.id', 'statement.logged_at', 'statement.content'])
    .where('handle', '=', handle)
    .executeTakeFirst();
  return row ? { seq: row.seq, id: row.id, loggedAt: row.logged_at, statement: readJson(row.content) } : null;
}

/** A month without a single release by its owner; the log's time counts, by which others judge the same. */
async function hasLapsed(
  tx: Transaction<Schema>,
  { loggedAt, statement }: AppendedStatement,
  now: number,
): Promise<boolean> {
  if (now < loggedAt + handleLapseMs) return false;
  const published = await tx
    .selectFrom('release')
    .select('digest')
    .where('publisher', '=', statement.signer as Address)
    .limit(1)
    .executeTakeFirst();
  return published === undefined;
}
