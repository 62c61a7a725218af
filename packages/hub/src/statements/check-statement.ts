import {
  CallableError,
  canonicalBytes,
  defaultMaxBytes,
  findKind,
  hubOfStatement,
  type Statement,
  verifyStatement,
} from '@callable/protocol';
import { Check } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import { formatTime } from './format-time.ts';

/** Throws unless the signature holds, the body fits its kind, and it was said for this hub within the last day. */
export function checkStatement(ctx: Pick<HubContext, 'clock' | 'rules'>, statement: Statement): void {
  checkSigned(ctx, statement);
  checkSaidHere(ctx, statement);
}

/** Throws unless the signature holds, and the body fits its kind and its size. */
export function checkSigned(ctx: Pick<HubContext, 'clock'>, statement: Statement): void {
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

/** A word may wait this long for a hub that is down. Older ones are not known to be what their signer says today. */
const oldestStatementMs = 24 * 3600_000;

/** attack: a yank long undone, or a helper's key long revoked, is carried here from another hub or another year. */
export function checkSaidHere({ clock, rules }: Pick<HubContext, 'clock' | 'rules'>, statement: Statement): void {
  const now = clock();
  if (hubOfStatement(statement) !== rules.hub) {
    const named = String(statement.body['hub'] ?? 'none').slice(0, 60);
    const message = `This is the hub ${rules.hub}, and the statement names ${named}: body.hub says for which it is.`;
    throw new CallableError('AudienceMismatch', message);
  }
  if (statement.issuedAt < now - oldestStatementMs)
    throw new CallableError(
      'StatementOutdated',
      `This statement was signed at ${formatTime(statement.issuedAt)}, it is ${formatTime(now)} now, and none older than a day is taken.`,
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
