import { CallableError, type LoggedStatementView, ownMember, type Statement, statementId } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { checkSaidHere, checkSigned } from '../statements/check-statement.ts';
import { getStatement } from '../statements/list-statements.ts';
import { type IntakeContext, intakeTable, type TakeIn } from './intake-table.ts';

/**
 * Takes a statement from a stranger whose say in the matter is checked here. Those that are evidence come with their
 * release or with a task.
 */
export async function receiveStatement(
  ctx: IntakeContext & Pick<HubContext, 'changes'>,
  statement: Statement,
  network: string,
): Promise<LoggedStatementView> {
  checkSigned(ctx, statement);
  // A node sends its own again at every start, and whoever heard no answer too.
  const known = await getStatement(ctx, statementId(statement));
  if (known) return known;
  checkSaidHere(ctx, statement);
  const { id } = await findIntake(statement)(ctx, statement, network);
  ctx.changes.emit({ topic: 'outbox', subject: '' });
  const logged = await getStatement(ctx, id);
  if (!logged) throw new Error(`The statement ${id} was logged and is gone.`);
  return logged;
}

function findIntake({ kind }: Statement): TakeIn {
  const takeIn = ownMember(intakeTable, kind);
  if (takeIn) return takeIn;
  throw new CallableError(
    'StatementInvalid',
    `A ${kind} statement is not taken here; it comes with its release or its task.`,
  );
}
