import {
  CallableError,
  canonicalBytes,
  defaultMaxBytes,
  findKind,
  type Statement,
  verifyStatement,
} from '@callable/protocol';
import { Check } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';

/** Throws unless the signature holds, and the body fits its kind and its size. */
export function checkStatement(ctx: Pick<HubContext, 'clock'>, statement: Statement): void {
  const verdict = verify(statement, ctx.clock());
  if (!verdict.ok) throw new CallableError(verdict.reason);
  const row = findKind(statement.kind);
  if (!row || !Check(row.body, statement.body))
    throw new CallableError('StatementInvalid', `The body of this ${statement.kind} statement does not fit its kind.`);
  // Members that nobody reads are kept for ever by everybody who keeps the log.
  const { maxBytes = defaultMaxBytes } = row;
  const bytes = canonicalBytes(statement).length;
  if (bytes > maxBytes)
    throw new CallableError(
      'StatementTooLarge',
      `A ${statement.kind} statement has at most ${maxBytes} bytes with its signature; this one has ${bytes}.`,
    );
}

function verify(statement: Statement, now: number): ReturnType<typeof verifyStatement> {
  try {
    return verifyStatement(statement, now);
  } catch (cause) {
    // Half of a surrogate pair, or a number that JSON cannot say.
    throw new CallableError('StatementInvalid', 'This statement has no canonical form, so nobody can have signed it.', {
      cause,
    });
  }
}
