import { CallableError, listRevisedKinds, type Statement, stateKeyOf, statementId } from '@callable/protocol';
import type { Transaction } from 'kysely';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { formatTime } from './format-time.ts';

/**
 * Throws StatementOutdated when the signer has said something as late or later about the same. In the log's turn: of two
 * words at once the later one stays last. What else may have come since is at most what one key may say in two days.
 */
export async function refuseEarlier(tx: Transaction<Schema>, statement: Statement): Promise<void> {
  const kinds = listRevisedKinds(statement.kind);
  if (kinds.length === 0) return;
  const later = await tx
    .selectFrom('statement')
    .select('content')
    .where('signer', '=', statement.signer)
    .where('kind', 'in', kinds)
    .where('subject', '=', statement.subject)
    .where('issued_at', '>=', statement.issuedAt)
    .where('id', '!=', statementId(statement))
    .orderBy('issued_at', 'desc')
    .execute();
  const key = stateKeyOf(statement);
  const last = later.map(({ content }) => readJson(content)).find((one) => stateKeyOf(one) === key);
  if (last)
    throw new CallableError(
      'StatementOutdated',
      `This was signed at ${formatTime(statement.issuedAt)}, and its signer has said something about the same at ${formatTime(last.issuedAt)}.`,
    );
}
