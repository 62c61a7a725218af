import type { Statement } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { type AppendedStatement, appendStatement, lockLog } from '../fold/append-statement.ts';
import { checkPace, notePace } from './check-pace.ts';
import { findLogged } from './find-logged.ts';
import { refuseEarlier } from './refuse-earlier.ts';

/** A statement whose signer and network have not said too much today: kinds with a number a day are taken in as such. */
export type PacedStatement = AppendedStatement & { isPaced: true };

/** Throws unless the signer has the say it claims. What says nothing new is answered with what stands in the log. */
export type JudgeStatement = (tx: Transaction<Schema>) => Promise<AppendedStatement | null | undefined>;

/** What else the hub keeps of a statement, in the transaction that logs it. */
export type KeepStatement = (tx: Transaction<Schema>, appended: AppendedStatement) => Promise<void>;

/**
 * Puts a statement into the log if its signer has the say it claims: judged in the turn in which it is logged, so that
 * what is taken in is what the fold will count. Against a flood its statements of a day are counted, by key and by the
 * network it came from. `network` is that of the sender.
 */
export function takeStatement(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  { statement, network }: { statement: Statement; network: string },
  judge: JudgeStatement,
  keep: KeepStatement = async () => {},
): Promise<PacedStatement> {
  return ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const logged = await findLogged(tx, statement);
    if (logged) return { ...logged, isPaced: true };
    await refuseEarlier(tx, statement);
    const known = await judge(tx);
    if (known) return { ...known, isPaced: true };
    await checkPace(ctx, tx, statement, network);
    const appended = await appendStatement(ctx, tx, statement);
    await notePace(tx, appended, network);
    await keep(tx, appended);
    return { ...appended, isPaced: true };
  });
}
