import { CallableError, listCountedKinds, type Statement, statementId } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { type AppendedStatement, appendStatement, lockLog } from '../fold/append-statement.ts';

const dayMs = 24 * 3600_000;

/** A statement whose signer has not said too much today: the kinds that count against the day are taken in as such. */
export type PacedStatement = AppendedStatement & { isPaced: true };

/**
 * Puts a statement into the log if its signer has the say it claims: judged in the turn in which it is logged, so that
 * what is taken in is what the fold will count. Against a flood by one key its statements of a day are counted.
 */
export function takeStatement(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  statement: Statement,
  judge: (tx: Transaction<Schema>) => Promise<void>,
): Promise<PacedStatement> {
  return ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const known = await tx
      .selectFrom('statement')
      .select('seq')
      .where('id', '=', statementId(statement))
      .executeTakeFirst();
    if (!known) {
      await judge(tx);
      await checkPace(ctx, tx, statement);
    }
    return { ...(await appendStatement(ctx, tx, statement)), isPaced: true };
  });
}

async function checkPace(
  ctx: Pick<HubContext, 'clock' | 'rules' | 'config'>,
  tx: Transaction<Schema>,
  { signer }: Statement,
): Promise<void> {
  if (signer === ctx.rules.hub) return;
  const { statementsPerDay } = ctx.config.limits;
  const now = ctx.clock();
  const first = await tx
    .selectFrom('statement')
    .select('logged_at')
    .where('signer', '=', signer)
    .where('kind', 'in', listCountedKinds())
    .where('logged_at', '>', now - dayMs)
    .orderBy('logged_at', 'desc')
    .offset(statementsPerDay - 1)
    .limit(1)
    .executeTakeFirst();
  if (first)
    throw new CallableError('TooManyStatements', `${signer} has made ${statementsPerDay} statements within a day.`, {
      details: { retryAfterSeconds: (first.logged_at + dayMs - now) / 1000 },
    });
}
